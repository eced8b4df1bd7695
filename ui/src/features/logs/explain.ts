import { loadLater } from '@/lib/load-later'

/** What sets traces apart, fetched when it is asked for. */
export const ExplainDialog = loadLater(async () => (await import('./explain-dialog')).ExplainDialog)
