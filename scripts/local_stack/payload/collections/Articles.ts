import type { CollectionConfig } from 'payload'

import { editor, signedIn } from './access.ts'

/** Something else of an editorial site that shows pictures, with drafts and a trash. */
export const Articles: CollectionConfig = {
  slug: 'articles',
  access: { create: editor, delete: editor, read: signedIn, update: editor },
  admin: { useAsTitle: 'title' },
  fields: [
    { name: 'title', type: 'text' },
    { name: 'cover', type: 'upload', relationTo: 'media' },
  ],
  trash: true,
  versions: { drafts: true },
}
