import type { EventEmitter } from 'node:events'
import { appendFileSync } from 'node:fs'
import type { Server } from 'node:http'

import { serve } from '@hono/node-server'
import { getPayload, handleEndpoints } from 'payload'

const { env, stdout, stderr } = process

if (env.NODE_ENV === 'production') {
  // Payload creates no tables then; the migrations do.
  if (!env.DATABASE_URL?.startsWith('postgres') || env.PAYLOAD_ID_TYPE === 'uuid')
    throw new Error('In production this Payload has migrations for PostgreSQL with integer ids only: see DATABASE_URL.')
  if (!env.PAYLOAD_SECRET) throw new Error('In production PAYLOAD_SECRET is needed.')
}

// There is no Next.js to hear of changed code from, and the lock file has settled the versions.
env.DISABLE_PAYLOAD_HMR = 'true'
env.PAYLOAD_DISABLE_DEPENDENCY_CHECKER = 'true'

// Drizzle chats on stdout while it makes the tables; our one line shall be alone there.
const write = stdout.write
stdout.write = stderr.write.bind(stderr)
const { default: config } = await import('./payload.config.ts')
const payload = await getPayload({ config })
stdout.write = write

// A PostgreSQL that goes away is an error event of each of its connections, and one that nobody hears ends the process.
const lost = (err: Error) => payload.logger.error({ err }, 'A connection to the database was lost.')
if ('pool' in payload.db) {
  const pool = payload.db.pool as EventEmitter
  pool.on('error', lost).on('connect', (client: EventEmitter) => client.on('error', lost))
}

// Tests count what they cost: one line for each request, where they ask for it.
function record({ method, url }: Request) {
  if (env.REQUEST_LOG) appendFileSync(env.REQUEST_LOG, `${method} ${url.slice(new URL(url).origin.length)}\n`)
}

const hostname = env.HOST || '127.0.0.1'
const server = serve(
  {
    fetch: (request) => {
      record(request)
      // Hono hands over a light request; a clone is a whole one, as Payload needs.
      return handleEndpoints({ config, request: request.clone() })
    },
    hostname,
    port: Number(env.PORT || 3000),
  },
  ({ port }) => console.log(`Payload listens on http://${hostname}:${port}`),
) as Server

function stop() {
  server.close(() => process.exit())
  server.closeIdleConnections()
  // Requests under way get a moment to finish.
  setTimeout(() => process.exit(), 800)
}
process.once('SIGINT', stop).once('SIGTERM', stop)
