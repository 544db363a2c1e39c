/**
 * One record for each generated picture of a character: which character, which file,
 * what was asked for and how it went. The file itself is a `media` document.
 *
 * To add it to a Payload of your own, copy this file, list it under `collections` and
 * migrate. It expects the collections `character-references`, `media` and `users`;
 * where yours have other names, change the three `relationTo`. Everyone who signed in
 * may read and write, except users with a field `role` that says 'viewer': they only read.
 *
 * `media` is required, so delete a record before its file: Payload removes a file from
 * local disk first, and then fails on the record that still points at it.
 */
import type { Access, CollectionConfig } from 'payload'

const signedIn: Access = ({ req }) => Boolean(req.user)

// Read loosely, so that this compiles whether or not your users have a role.
const notAViewer: Access = ({ req }) =>
  Boolean(req.user) && (req.user as { role?: unknown }).role !== 'viewer'

export const CharacterImageMetadata: CollectionConfig = {
  slug: 'character-image-metadata',
  labels: { singular: 'Character image', plural: 'Character images' },
  access: { create: notAViewer, delete: notAViewer, read: signedIn, update: notAViewer },
  admin: {
    defaultColumns: ['media', 'characterReference', 'kind', 'status', 'createdAt'],
    useAsTitle: 'externalId',
  },
  fields: [
    // Indexed: every listing asks for the pictures of one character.
    { name: 'characterReference', type: 'relationship', index: true, relationTo: 'character-references', required: true },
    { name: 'media', type: 'relationship', relationTo: 'media', required: true },
    { name: 'kind', type: 'select', options: ['reference', 'portfolioItem', 'scene'] },
    { name: 'provider', type: 'text', defaultValue: 'character-library' },
    // To the letter what was sent, line breaks included.
    { name: 'prompt', type: 'text' },
    { name: 'sourceUrl', type: 'text' },
    // Indexed: how a picture that was generated but not kept is found again.
    { name: 'externalId', type: 'text', index: true },
    { name: 'status', type: 'select', options: ['succeeded', 'failed'] },
    { name: 'error', type: 'textarea' },
    { name: 'metrics', type: 'json' },
    { name: 'createdBy', type: 'relationship', relationTo: 'users' },
  ],
  timestamps: true,
}
