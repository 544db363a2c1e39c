import { sqliteAdapter } from '@payloadcms/db-sqlite'
import { buildConfig } from 'payload'
import sharp from 'sharp'

import { Media } from './collections/Media.ts'
import { Users } from './collections/Users.ts'

export default buildConfig({
  collections: [Users, Media],
  db: sqliteAdapter({ busyTimeout: 5000, client: { url: 'file:./site.db' } }),
  graphQL: { disable: true },
  logger: { destination: process.stderr, options: { level: 'error' } },
  secret: 'a site for a test',
  sharp,
  telemetry: false,
})
