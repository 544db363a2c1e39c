import path from 'node:path'

import { buildConfig } from 'payload'
import sharp from 'sharp'

import { Authors, Files, Media, Notes, Tags, Words } from './collections/content.ts'
import { Customers, Users } from './collections/people.ts'
import { Posts } from './collections/posts.ts'
import { endpoints } from './endpoints.ts'
import { Navigation, Settings } from './globals.ts'

const { env } = process

/** What the tests of payload_client run against: every kind of field, collection and global that a client meets. */
export default buildConfig({
  collections: [Users, Customers, Authors, Tags, Posts, Notes, Words, Media, Files],
  db: await database(env.DATABASE_URL),
  endpoints,
  globals: [Settings, Navigation],
  graphQL: { disable: true },
  localization: { defaultLocale: 'en', fallback: true, locales: ['en', 'de'] },
  logger: { destination: process.stderr, options: { level: 'error' } },
  loggingLevels: { AuthenticationError: 'info' },
  plugins: await plugins(env.S3_ENDPOINT),
  secret: 'for-tests-only',
  sharp,
  telemetry: false,
  typescript: { autoGenerate: false },
  upload: { limits: { fileSize: 20 * 1024 * 1024 } },
})

/** Files of the collection `files` in a bucket, to which clients upload by themselves. */
async function plugins(endpoint: string | undefined) {
  if (!endpoint) return []
  const { s3Storage } = await import('@payloadcms/storage-s3')
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' }
  const config = { credentials, endpoint, forcePathStyle: true, region: 'us-east-1' }
  return [s3Storage({ bucket: 'files', clientUploads: true, collections: { files: true }, config })]
}

async function database(url: string | undefined) {
  if (url?.startsWith('postgres')) {
    const { postgresAdapter } = await import('@payloadcms/db-postgres')
    return postgresAdapter({ idType: env.ID_TYPE === 'uuid' ? 'uuid' : 'serial', pool: { connectionString: url }, push: true })
  }
  const { sqliteAdapter } = await import('@payloadcms/db-sqlite')
  return sqliteAdapter({ client: { url: url || `file:${path.resolve('payload.db')}` }, push: true })
}
