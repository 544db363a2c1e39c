import type { Block, CollectionConfig } from 'payload'

const Quote: Block = {
  slug: 'quote',
  fields: [
    { name: 'text', type: 'textarea', required: true },
    { name: 'by', type: 'relationship', relationTo: 'authors' },
  ],
}

const Gallery: Block = {
  slug: 'gallery',
  interfaceName: 'GalleryBlock',
  fields: [
    { name: 'images', type: 'upload', hasMany: true, relationTo: 'media' },
    { name: 'class', type: 'select', options: ['wide', 'narrow'] },
  ],
}

/** Drafts and versions; a field of every kind. */
export const Posts: CollectionConfig = {
  slug: 'posts',
  access: {
    read: ({ req }) => (req.user ? true : { _status: { equals: 'published' } }),
    readVersions: ({ req }) => Boolean(req.user),
  },
  versions: { drafts: { autosave: true }, maxPerDoc: 20 },
  fields: [
    { name: 'title', type: 'text', localized: true, required: true },
    { name: 'slug', type: 'text', index: true, unique: true },
    { name: 'summary', type: 'textarea', localized: true },
    { name: 'views', type: 'number' },
    { name: 'rating', type: 'number', max: 5, min: 0 },
    { name: 'featured', type: 'checkbox', defaultValue: false },
    { name: 'day', type: 'date' },
    { name: 'contact', type: 'email' },
    { name: 'source', type: 'code' },
    { name: 'kind', type: 'select', options: ['essay', 'news', 'review'] },
    { name: 'moods', type: 'select', hasMany: true, options: ['calm', 'odd', 'loud'] },
    { name: 'colour', type: 'radio', options: ['red', 'green'] },
    { name: 'keywords', type: 'text', hasMany: true },
    { name: 'scores', type: 'number', hasMany: true },
    { name: 'data', type: 'json' },
    { name: 'author', type: 'relationship', relationTo: 'authors' },
    { name: 'tags', type: 'relationship', hasMany: true, relationTo: 'tags' },
    { name: 'about', type: 'relationship', relationTo: ['posts', 'authors'] },
    { name: 'mentions', type: 'relationship', hasMany: true, relationTo: ['tags', 'authors'] },
    { name: 'hero', type: 'upload', relationTo: 'media' },
    { name: 'seo', type: 'group', fields: [{ name: 'description', type: 'text' }, { name: 'index', type: 'checkbox' }] },
    {
      name: 'items',
      type: 'array',
      fields: [
        { name: 'label', type: 'text', required: true },
        { name: 'parts', type: 'array', fields: [{ name: 'weight', type: 'number' }] },
      ],
    },
    { name: 'layout', type: 'blocks', blocks: [Quote, Gallery] },
    {
      type: 'tabs',
      tabs: [
        { name: 'extra', fields: [{ name: 'remark', type: 'text', localized: true }] },
        { label: 'Plain', fields: [{ type: 'row', fields: [{ name: 'footer', type: 'text' }] }] },
      ],
    },
    { type: 'collapsible', fields: [{ name: 'license', type: 'text' }], label: 'Small print' },
  ],
}
