import type { Plugin } from 'payload'

/**
 * Media in an S3 bucket, in the recipe for Cloudflare R2: browsers fetch the files at the bucket's own public domain,
 * S3_PUBLIC_URL. Without an S3_BUCKET they stay on the local disk.
 */
export async function storage(env: NodeJS.ProcessEnv): Promise<Plugin[]> {
  if (!env.S3_BUCKET) return []
  const needed = ['S3_ACCESS_KEY_ID', 'S3_ENDPOINT', 'S3_PUBLIC_URL', 'S3_SECRET_ACCESS_KEY']
  const missing = needed.filter((name) => !env[name])
  if (missing.length) throw new Error(`S3_BUCKET is set, but not ${missing.join(', ')}`)
  // Imported when chosen: loading it takes longer than all the rest of the start.
  const { s3Storage } = await import('@payloadcms/storage-s3')
  return [
    s3Storage({
      bucket: env.S3_BUCKET,
      collections: {
        media: {
          generateFileURL: ({ filename, prefix }) => [env.S3_PUBLIC_URL, prefix, filename].filter(Boolean).join('/'),
          prefix: env.S3_PREFIX || '',
        },
      },
      config: {
        credentials: { accessKeyId: env.S3_ACCESS_KEY_ID || '', secretAccessKey: env.S3_SECRET_ACCESS_KEY || '' },
        endpoint: env.S3_ENDPOINT,
        forcePathStyle: true,
        region: env.S3_REGION || 'auto',
      },
    }),
  ]
}
