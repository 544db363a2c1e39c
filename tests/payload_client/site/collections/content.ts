import type { CollectionConfig } from 'payload'

const anybody = () => true

export const Authors: CollectionConfig = {
  slug: 'authors',
  access: { read: anybody },
  fields: [
    { name: 'name', type: 'text', required: true },
    { name: 'email', type: 'email', unique: true },
    { name: 'favourite', type: 'relationship', relationTo: 'authors' },
    { name: 'posts', type: 'join', collection: 'posts', on: 'author' },
  ],
}

export const Tags: CollectionConfig = {
  slug: 'tags',
  access: { read: anybody },
  fields: [
    { name: 'name', type: 'text', required: true, unique: true },
    // Required: a tag of a deleted author cannot be.
    { name: 'owner', type: 'relationship', relationTo: 'authors' },
  ],
}

/** A collection with a trash. Who is only a customer may put into it, and not delete for good. */
export const Notes: CollectionConfig = {
  slug: 'notes',
  access: {
    create: ({ req }) => Boolean(req.user),
    delete: ({ data, req }) => req.user?.collection === 'users' || Boolean(req.user && data?.deletedAt),
    read: ({ req }) => Boolean(req.user),
    update: ({ req }) => Boolean(req.user),
  },
  trash: true,
  versions: true,
  fields: [
    { name: 'text', type: 'text' },
    { name: 'rank', type: 'number' },
  ],
}

/** Ids that are texts of one's own. */
export const Words: CollectionConfig = {
  slug: 'words',
  fields: [
    { name: 'id', type: 'text', required: true },
    { name: 'meaning', type: 'text' },
  ],
}

export const Media: CollectionConfig = {
  slug: 'media',
  access: { read: anybody },
  upload: {
    adminThumbnail: 'thumbnail',
    focalPoint: false,
    imageSizes: [
      { name: 'thumbnail', fit: 'inside', width: 32 },
      { name: 'huge', width: 4000, withoutEnlargement: undefined },
    ],
    mimeTypes: ['image/*'],
  },
  fields: [{ name: 'alt', type: 'text', localized: true }],
}

/** Files of any kind, as they are. */
export const Files: CollectionConfig = {
  slug: 'files',
  access: { read: anybody },
  upload: true,
  fields: [
    { name: 'note', type: 'text' },
    { name: 'cover', type: 'upload', relationTo: 'media' },
    { name: 'mustHave', type: 'upload', relationTo: 'media' },
  ],
}
