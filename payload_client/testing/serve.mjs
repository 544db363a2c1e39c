// Serves a payload.config without Next.js: `node serve.mjs '{"config": …, "folder": …, "database": …, "ids": …}'`.
// Started and spoken to by server.py: a JSON value a line, commands on stdin, answers on stdout. Ends with its stdin.
import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import readline from 'node:readline'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

const options = JSON.parse(process.argv[2])
const { env, stderr, stdout } = process
env.DISABLE_PAYLOAD_HMR = env.PAYLOAD_DISABLE_DEPENDENCY_CHECKER = 'true'

// Payload and Drizzle chat on stdout; our lines shall be alone there.
const write = stdout.write.bind(stdout)
stdout.write = stderr.write.bind(stderr)
const tell = (value) => write(`${JSON.stringify(value)}\n`)

const { config, exports } = await load()
if (options.schemaOnly) {
  tell(await schema(config.db.defaultIDType))
  process.exit()
}
if (options.database === 'sqlite') config.db = await sqlite()
for (const { slug, upload } of config.collections) {
  if (upload) upload.staticDir = path.join(options.folder, 'files', slug)
}
const payload = await exports.getPayload({ config })
// What is stored need not outlive the machine.
if (payload.db.name === 'sqlite') await payload.db.client.executeMultiple('PRAGMA synchronous=OFF')
const requests = []

const server = createServer(async (incoming, outgoing) => {
  try {
    await answer(incoming, outgoing)
  } catch (error) {
    console.error(error)
    outgoing.destroy()
  }
})
server.listen(options.port, '127.0.0.1', () => tell({ url: `http://127.0.0.1:${server.address().port}` }))

const commands = {
  empty: async () => {
    await removeRows()
    rmSync(path.join(options.folder, 'files'), { force: true, recursive: true })
    await config.onInit?.(payload)
    requests.length = 0
  },
  requests: () => requests,
  schema: () => schema(payload.db.defaultIDType),
}
readline
  .createInterface({ input: process.stdin })
  .on('line', async (line) => {
    try {
      tell({ value: (await commands[line]()) ?? null })
    } catch (error) {
      tell({ error: String(error?.stack ?? error) })
    }
  })
  .on('close', () => process.exit())

/** The config and what is needed of Payload, bundled so that TypeScript is read, with the packages that the config uses. */
async function load() {
  const packages = createRequire(path.join(options.packages, 'x.js'))
  const needs = createRequire(packages.resolve('payload'))
  // Payload brings tsx, and tsx brings esbuild; a package manager need not put either within reach of the site.
  const { buildSync } = createRequire(needs.resolve('tsx'))('esbuild')
  const bundle = path.join(options.packages, '.cache', `payload-client-${process.pid}.mjs`)
  const here = pathToFileURL(options.config).href
  try {
    buildSync({
      bundle: true,
      define: {
        'import.meta.dirname': JSON.stringify(path.dirname(options.config)),
        'import.meta.filename': JSON.stringify(options.config),
        'import.meta.url': JSON.stringify(here),
      },
      format: 'esm',
      outfile: bundle,
      packages: 'external',
      platform: 'node',
      stdin: {
        contents: `export { default as config } from ${JSON.stringify(options.config)}
          export { configToJSONSchema, getPayload, handleEndpoints } from 'payload'
          export const sqlite = () => import('@payloadcms/db-sqlite')`,
        resolveDir: path.dirname(options.config),
      },
    })
    const exports = await import(pathToFileURL(bundle))
    return { config: await exports.config, exports }
  } finally {
    rmSync(bundle, { force: true })
  }
}

async function sqlite() {
  const { sqliteAdapter } = await exports.sqlite()
  mkdirSync(options.folder, { recursive: true })
  const client = { url: `file:${path.join(options.folder, 'payload.db')}` }
  const idType = options.ids === 'uuid' ? 'uuid' : 'number'
  // Without the timeout a second writer makes SQLite lose rows that were acknowledged (PR payload#15317).
  return sqliteAdapter({ busyTimeout: 5000, client, idType, push: true })
}

/** The JSON schema of the config (4.x: inside an object, with the names of types). */
async function schema(ids) {
  const made = await exports.configToJSONSchema(config, ids)
  return made.jsonSchema ?? made
}

async function answer(incoming, outgoing) {
  requests.push(`${incoming.method} ${incoming.url}`)
  const url = new URL(incoming.url, `http://${incoming.headers.host}`)
  const body = ['GET', 'HEAD'].includes(incoming.method) ? undefined : Readable.toWeb(incoming)
  const headers = new Headers()
  for (let at = 0; at < incoming.rawHeaders.length; at += 2)
    headers.append(incoming.rawHeaders[at], incoming.rawHeaders[at + 1])
  const request = new Request(url, { body, duplex: 'half', headers, method: incoming.method })
  const response = await exports.handleEndpoints({ config, request })
  outgoing.setHeaders(response.headers)
  outgoing.writeHead(response.status)
  if (response.body) Readable.fromWeb(response.body).pipe(outgoing)
  else outgoing.end()
}

async function removeRows() {
  const { db } = payload
  if (db.name === 'postgres') {
    const tables = await db.pool.query(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)
    await db.pool.query(`TRUNCATE ${tables.rows.map(({ name }) => `"${name}"`).join(', ')} RESTART IDENTITY CASCADE`)
  } else if (db.name === 'sqlite') {
    const tables = await db.client.execute(`SELECT name FROM sqlite_master WHERE type = 'table'`)
    const names = tables.rows.map(({ name }) => name).filter((name) => name !== 'sqlite_stat1')
    const deletes = names.map((name) => `DELETE FROM "${name}"`)
    await db.client.executeMultiple(
      ['PRAGMA foreign_keys=OFF', 'BEGIN', ...deletes, 'COMMIT', 'PRAGMA foreign_keys=ON'].join(';'),
    )
  } else {
    throw new Error(`A database of the kind ${db.name} cannot be emptied: serve the config with database="sqlite".`)
  }
}
