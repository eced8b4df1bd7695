import { t } from '@lingui/core/macro'
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { actAs, ApiError } from './api/client'
import { meQuery } from './api/objects'
import { ErrorState } from './components/states'
import { SkeletonRows } from './components/ui/bits'
import { NotFoundPage } from './features/shell/not-found'
import { Shell } from './features/shell/shell'
import { landingProject } from './lib/landing'
import { parseSearch, stringifySearch, text } from './lib/address'
import {
  datasetSearch,
  experimentSearch,
  experimentsSearch,
  logsSearch,
  monitorSearch,
  objectSearch,
  overviewSearch,
  reviewSearch,
  settingsSearch,
  sharedSearch,
  sqlSearch,
  storedSearch,
  wordsSearch,
} from './lib/search-params'

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ notFoundComponent: NotFoundPage })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/app' })
  },
})

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (raw: Record<string, unknown>): { token?: string; next?: string } => ({
    token: text(raw, 'token'),
    next: text(raw, 'next'),
  }),
  component: lazyRouteComponent(() => import('./features/session/login-page'), 'LoginPage'),
})

/** What a link shows to whoever has it; nobody signs in, and whoever is signed in counts for nothing here. */
const shared = createRoute({
  getParentRoute: () => root,
  path: '/app/public/$token',
  validateSearch: sharedSearch,
  beforeLoad: ({ context, params }) => {
    if (actAs(params.token)) context.queryClient.clear()
  },
  component: lazyRouteComponent(() => import('./features/sharing/shared-page'), 'SharedPage'),
})

/** Everything under /app needs a session; without one the login page says how to get it and comes back here. */
const app = createRoute({
  getParentRoute: () => root,
  path: '/app',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    if (actAs(null)) context.queryClient.clear()
    try {
      return { me: await context.queryClient.ensureQueryData(meQuery) }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401)
        throw redirect({ to: '/login', search: { next: location.href } })
      throw error
    }
  },
})

const appHome = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: ({ context }) => {
    const org = context.me.org.name
    const project = landingProject()
    throw project
      ? redirect({ to: '/app/$org/p/$project', params: { org, project }, replace: true })
      : redirect({ to: '/app/$org', params: { org }, replace: true })
  },
})

const projects = createRoute({
  getParentRoute: () => app,
  path: '$org',
  component: lazyRouteComponent(() => import('./features/projects/projects-page'), 'ProjectsPage'),
})

const settings = createRoute({
  getParentRoute: () => app,
  path: '$org/settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(
    () => import('./features/settings/settings-page'),
    'OrganizationSettingsPage',
  ),
})

/** Where error messages of clients send people to get a key. */
const keysOfMine = ['settings', 'token'].map((path) =>
  createRoute({
    getParentRoute: () => app,
    path,
    beforeLoad: ({ context }) => {
      const params = { org: context.me.org.name }
      throw redirect({ to: '/app/$org/settings', params, search: { tab: 'api-keys' }, replace: true })
    },
  }),
)

/** SDKs that know no organization link here. */
const objectOfMine = createRoute({
  getParentRoute: () => app,
  path: 'object',
  validateSearch: objectSearch,
  beforeLoad: ({ context, search }) => {
    throw redirect({ to: '/app/$org/object', params: { org: context.me.org.name }, search, replace: true })
  },
})

const object = createRoute({
  getParentRoute: () => app,
  path: '$org/object',
  validateSearch: objectSearch,
  component: lazyRouteComponent(() => import('./features/projects/object-page'), 'ObjectPage'),
})

const project = createRoute({
  getParentRoute: () => app,
  path: '$org/p/$project',
  component: lazyRouteComponent(() => import('./features/projects/project-layout'), 'ProjectLayout'),
})

const projectHome = createRoute({
  getParentRoute: () => project,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/app/$org/p/$project/overview', params, replace: true })
  },
})

const overview = createRoute({
  getParentRoute: () => project,
  path: 'overview',
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import('./features/overview/overview-page'), 'OverviewPage'),
})

const logs = createRoute({
  getParentRoute: () => project,
  path: 'logs',
  validateSearch: logsSearch,
  component: lazyRouteComponent(() => import('./features/logs/logs-page'), 'LogsPage'),
})

const monitor = createRoute({
  getParentRoute: () => project,
  path: 'monitor',
  validateSearch: monitorSearch,
  component: lazyRouteComponent(() => import('./features/monitor/monitor-page'), 'MonitorPage'),
})

const review = createRoute({
  getParentRoute: () => project,
  path: 'review',
  validateSearch: reviewSearch,
  beforeLoad: ({ params, search }) => {
    // Where the quick review was before there were queues.
    if (Object.values(search).some((value) => value !== undefined))
      throw redirect({ to: '/app/$org/p/$project/review/quick', params, search, replace: true })
  },
  component: lazyRouteComponent(() => import('./features/review/queues-page'), 'QueuesPage'),
})

const quickReview = createRoute({
  getParentRoute: () => project,
  path: 'review/quick',
  validateSearch: reviewSearch,
  component: lazyRouteComponent(() => import('./features/review/review-page'), 'ReviewPage'),
})

const reviewQueue = createRoute({
  getParentRoute: () => project,
  path: 'review/$queue',
  component: lazyRouteComponent(() => import('./features/review/queue-page'), 'QueuePage'),
})

const reviewWork = createRoute({
  getParentRoute: () => project,
  path: 'review/$queue/work',
  component: lazyRouteComponent(() => import('./features/review/queue-work'), 'QueueWorkPage'),
})

const experiments = createRoute({
  getParentRoute: () => project,
  path: 'experiments',
  validateSearch: experimentsSearch,
  component: lazyRouteComponent(() => import('./features/experiments/experiments-page'), 'ExperimentsPage'),
})

const experiment = createRoute({
  getParentRoute: () => project,
  path: 'experiments/$name',
  validateSearch: experimentSearch,
  component: lazyRouteComponent(() => import('./features/experiments/experiment-page'), 'ExperimentPage'),
})

const datasets = createRoute({
  getParentRoute: () => project,
  path: 'datasets',
  component: lazyRouteComponent(() => import('./features/datasets/datasets-page'), 'DatasetsPage'),
})

const dataset = createRoute({
  getParentRoute: () => project,
  path: 'datasets/$name',
  validateSearch: datasetSearch,
  component: lazyRouteComponent(() => import('./features/datasets/dataset-page'), 'DatasetPage'),
})

const prompts = createRoute({
  getParentRoute: () => project,
  path: 'prompts',
  validateSearch: wordsSearch,
  component: lazyRouteComponent(() => import('./features/prompts/list-page'), 'PromptsPage'),
})

const prompt = createRoute({
  getParentRoute: () => project,
  path: 'prompts/$id',
  validateSearch: storedSearch,
  component: lazyRouteComponent(() => import('./features/prompts/stored-page'), 'StoredPage'),
})

const scorers = createRoute({
  getParentRoute: () => project,
  path: 'scorers',
  validateSearch: wordsSearch,
  component: lazyRouteComponent(() => import('./features/prompts/list-page'), 'ScorersPage'),
})

const scorer = createRoute({
  getParentRoute: () => project,
  path: 'scorers/$id',
  validateSearch: storedSearch,
  component: lazyRouteComponent(() => import('./features/prompts/stored-page'), 'StoredPage'),
})

/** Clients link to functions of every type; those of the two sections go to their page. */
const functionLink = createRoute({
  getParentRoute: () => project,
  path: 'functions/$id',
  component: lazyRouteComponent(() => import('./features/prompts/function-link'), 'FunctionLink'),
})

const toolLink = createRoute({
  getParentRoute: () => project,
  path: 'tools',
  validateSearch: (raw: Record<string, unknown>): { pr?: string } => ({ pr: text(raw, 'pr') }),
  component: lazyRouteComponent(() => import('./features/prompts/function-link'), 'ToolLink'),
})

const parametersLink = createRoute({
  getParentRoute: () => project,
  path: 'parameters/$id',
  component: lazyRouteComponent(() => import('./features/prompts/function-link'), 'FunctionLink'),
})

const sql = createRoute({
  getParentRoute: () => project,
  path: 'sql',
  validateSearch: sqlSearch,
  component: lazyRouteComponent(() => import('./features/sql/sql-page'), 'SqlPage'),
})

const projectSettings = createRoute({
  getParentRoute: () => project,
  path: 'settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('./features/settings/settings-page'), 'ProjectSettingsPage'),
})

const routeTree = root.addChildren([
  home,
  login,
  shared,
  app.addChildren([
    appHome,
    projects,
    settings,
    ...keysOfMine,
    objectOfMine,
    object,
    project.addChildren([
      projectHome,
      overview,
      logs,
      monitor,
      review,
      quickReview,
      reviewQueue,
      reviewWork,
      experiments,
      experiment,
      datasets,
      dataset,
      prompts,
      prompt,
      scorers,
      scorer,
      functionLink,
      toolLink,
      parametersLink,
      sql,
      projectSettings,
    ]),
  ]),
])

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    scrollRestoration: false,
    defaultPendingComponent: () => <SkeletonRows label={t`Loading the page`} />,
    defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
