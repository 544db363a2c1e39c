import path from 'node:path'

import type { CollectionConfig } from 'payload'

import { editor } from './access.ts'

/** Pictures and their smaller copies, on the local disk. */
export const Media: CollectionConfig = {
  slug: 'media',
  access: {
    create: editor,
    delete: editor,
    // Anyone may fetch the bytes, as from a CDN; the documents are for those who signed in.
    read: ({ isReadingStaticFile, req }) => isReadingStaticFile || Boolean(req.user),
    update: editor,
  },
  upload: {
    adminThumbnail: 'thumbnail',
    crop: false,
    focalPoint: false,
    // 'inside' keeps the whole picture, and costs less than cutting it.
    imageSizes: [
      { name: 'thumbnail', fit: 'inside', width: 320 },
      { name: 'card', fit: 'inside', width: 640 },
    ],
    mimeTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/avif'],
    staticDir: path.resolve(process.env.MEDIA_DIR || '.local/media'),
  },
  fields: [
    { name: 'alt', type: 'text' },
    // Where object storage keeps the file. Always here, and with a default that is no table's, so that the tables are the
    // same with and without.
    { name: 'prefix', type: 'text', admin: { hidden: true, readOnly: true }, defaultValue: () => process.env.S3_PREFIX || '' },
    { name: '_objectKey', type: 'text', admin: { hidden: true, readOnly: true } },
  ],
}
