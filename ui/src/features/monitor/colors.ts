/** Line colours, as names of variables in styles.css. A group beyond the sixth is not drawn. */
export const COLORS = ['--accent', '--eval', '--score', '--llm', '--tool', '--fn'] as const
