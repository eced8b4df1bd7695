/** Line colours, as names of variables in styles.css. A group beyond the sixth is not drawn. */
export const COLORS = ['--accent', '--eval', '--score', '--llm', '--tool', '--fn'] as const

/** The variable of the colour at a place; after the last comes the first again. */
export function colorAt(place: number): string {
  return COLORS[place % COLORS.length]!
}
