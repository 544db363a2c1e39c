import { serve } from '@hono/node-server'
import { getPayload, handleEndpoints } from 'payload'

import config from './payload.config.ts'

await getPayload({ config })
serve(
  { fetch: (request) => handleEndpoints({ config, request: request.clone() }), hostname: '127.0.0.1', port: 0 },
  ({ port }) => console.log(`http://127.0.0.1:${port}`),
)
