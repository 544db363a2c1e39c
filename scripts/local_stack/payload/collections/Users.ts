import type { CollectionConfig } from 'payload'

import { editor, signedIn } from './access.ts'

/** The people who sign in: editors change things, viewers look, cataloguers keep the records but not the files. */
export const Users: CollectionConfig = {
  slug: 'users',
  auth: { tokenExpiration: 7200, useAPIKey: true },
  access: { create: editor, delete: editor, read: signedIn, update: editor },
  admin: { useAsTitle: 'email' },
  fields: [
    { name: 'name', type: 'text' },
    { name: 'role', type: 'select', defaultValue: 'editor', options: ['editor', 'cataloguer', 'viewer'], required: true },
  ],
}
