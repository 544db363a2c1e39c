import type { CollectionConfig } from 'payload'

import { signedIn } from './access.ts'

/** Something else of an editorial site that shows pictures, with drafts and a trash. */
export const Articles: CollectionConfig = {
  slug: 'articles',
  access: { create: signedIn, delete: signedIn, read: signedIn, update: signedIn },
  admin: { useAsTitle: 'title' },
  fields: [
    { name: 'title', type: 'text' },
    { name: 'cover', type: 'upload', relationTo: 'media' },
  ],
  trash: true,
  versions: { drafts: true },
}
