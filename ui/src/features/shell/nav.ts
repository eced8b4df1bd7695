import {
  ChartLine,
  Database,
  FlaskConical,
  Gauge,
  ListChecks,
  MessageSquareText,
  ScrollText,
  SquareTerminal,
  type LucideIcon,
} from 'lucide-react'

export type SectionId =
  'logs' | 'monitor' | 'review' | 'experiments' | 'datasets' | 'prompts' | 'scorers' | 'sql'

/** The sections of a project. `key` follows `g`. */
export const sections: readonly { id: SectionId; label: string; icon: LucideIcon; key: string }[] = [
  { id: 'logs', label: 'Logs', icon: ScrollText, key: 'l' },
  { id: 'monitor', label: 'Monitor', icon: ChartLine, key: 'm' },
  { id: 'review', label: 'Review', icon: ListChecks, key: 'r' },
  { id: 'experiments', label: 'Experiments', icon: FlaskConical, key: 'e' },
  { id: 'datasets', label: 'Datasets', icon: Database, key: 'd' },
  { id: 'prompts', label: 'Prompts', icon: MessageSquareText, key: 'o' },
  { id: 'scorers', label: 'Scorers', icon: Gauge, key: 'c' },
  { id: 'sql', label: 'SQL', icon: SquareTerminal, key: 's' },
]
