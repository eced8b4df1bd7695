import { t } from '@lingui/core/macro'
import {
  ChartLine,
  Database,
  FlaskConical,
  Gauge,
  House,
  ListChecks,
  MessageSquareText,
  ScrollText,
  SquareTerminal,
  type LucideIcon,
} from 'lucide-react'

export type SectionId =
  'overview' | 'logs' | 'monitor' | 'review' | 'experiments' | 'datasets' | 'prompts' | 'scorers' | 'sql'

/** The sections of a project. `key` follows `g`. */
export const sections: readonly { id: SectionId; label: () => string; icon: LucideIcon; key: string }[] = [
  { id: 'overview', label: () => t`Overview`, icon: House, key: 'v' },
  { id: 'logs', label: () => t`Logs`, icon: ScrollText, key: 'l' },
  { id: 'monitor', label: () => t`Monitor`, icon: ChartLine, key: 'm' },
  { id: 'review', label: () => t`Review`, icon: ListChecks, key: 'r' },
  { id: 'experiments', label: () => t`Experiments`, icon: FlaskConical, key: 'e' },
  { id: 'datasets', label: () => t`Datasets`, icon: Database, key: 'd' },
  { id: 'prompts', label: () => t`Prompts`, icon: MessageSquareText, key: 'o' },
  { id: 'scorers', label: () => t`Scorers`, icon: Gauge, key: 'c' },
  { id: 'sql', label: () => t`SQL`, icon: SquareTerminal, key: 's' },
]
