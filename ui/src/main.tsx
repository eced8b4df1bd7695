import './styles.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/client'
import { Messages } from './components/ui/toast'
import { loadLanguage } from './lib/language'
import { applyTheme } from './lib/theme'
import { makeRouter } from './router'

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Worth a second try: the server restarting. Never: an answer that says no.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      refetchOnWindowFocus: false,
    },
  },
})

applyTheme()

const container = document.getElementById('root')
if (!container) throw new Error('index.html has no #root')
const root = createRoot(container)
void loadLanguage().then(() =>
  root.render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={makeRouter(queryClient)} />
          <Messages />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  ),
)
