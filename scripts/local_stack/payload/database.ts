import { mkdirSync } from 'node:fs'
import path from 'node:path'

/**
 * The adapter for a DATABASE_URL: `file:/path/to.db` or `postgres://…`. In production PostgreSQL is brought up to date by
 * the migrations, which are for integer ids; everywhere else the tables are made from the collections at each start.
 */
export async function database(url: string, uuid: boolean) {
  // Each adapter is imported when chosen: loading both would slow every start.
  if (url.startsWith('postgres')) {
    const { postgresAdapter } = await import('@payloadcms/db-postgres')
    const { migrations } = await import('./migrations/index.ts')
    return postgresAdapter({
      idType: uuid ? 'uuid' : 'serial',
      pool: { connectionString: url },
      prodMigrations: migrations,
      push: true,
    })
  }
  const { sqliteAdapter } = await import('@payloadcms/db-sqlite')
  mkdirSync(path.dirname(url.replace('file:', '')), { recursive: true })
  // Without the timeout a second writer makes SQLite lose rows that were acknowledged.
  const busyTimeout = Number(process.env.BUSY_TIMEOUT || 5000)
  return sqliteAdapter({ busyTimeout, client: { url }, idType: uuid ? 'uuid' : 'number', push: true })
}
