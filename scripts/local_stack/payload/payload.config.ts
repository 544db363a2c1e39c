import { buildConfig } from 'payload'
import sharp from 'sharp'

import { Articles } from './collections/Articles.ts'
import { CharacterImageMetadata } from './collections/CharacterImageMetadata.ts'
import { CharacterReferences } from './collections/CharacterReferences.ts'
import { Media } from './collections/Media.ts'
import { Users } from './collections/Users.ts'
import { database } from './database.ts'
import { storage } from './storage.ts'

const { env } = process

export default buildConfig({
  collections: [Users, Media, CharacterReferences, CharacterImageMetadata, Articles],
  db: await database(env.DATABASE_URL || 'file:.local/payload.db', env.PAYLOAD_ID_TYPE === 'uuid'),
  endpoints: [
    {
      handler: async ({ payload }) => {
        await payload.count({ collection: 'users' })
        return Response.json({ status: 'ok' })
      },
      method: 'get',
      // At /api/health: 200 while the database answers.
      path: '/health',
    },
  ],
  graphQL: { disable: true },
  // Errors only, and on stderr: stdout belongs to the one line that says we are ready.
  logger: { destination: process.stderr, options: { level: 'error' } },
  // A wrong password is everyday life, not an error.
  loggingLevels: { AuthenticationError: 'info' },
  plugins: await storage(env),
  secret: env.PAYLOAD_SECRET || 'local-development-only',
  // Left empty, media urls are relative to this server.
  serverURL: env.PAYLOAD_SERVER_URL || '',
  sharp,
  telemetry: false,
  typescript: { autoGenerate: false },
  // Tests have one that takes less than the usual 20 MiB.
  upload: { limits: { fileSize: Number(env.UPLOAD_LIMIT || 20 * 1024 * 1024) } },
})
