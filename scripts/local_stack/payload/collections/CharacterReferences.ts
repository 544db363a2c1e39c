import type { Access, CollectionConfig } from 'payload'

const signedIn: Access = ({ req }) => Boolean(req.user)

// Read loosely, so that this compiles whether or not your users have a role.
const editor: Access = ({ req }) =>
  Boolean(req.user) && ((req.user as { role?: unknown }).role ?? 'editor') === 'editor'

/**
 * The characters, with as much of them as the image workspace reads. Of this file alone, so that it can be copied.
 * Everyone who signed in may read; where users have a field `role`, only editors write: whoever writes `libraryDbId`
 * reaches the pictures of that character in the library.
 */
export const CharacterReferences: CollectionConfig = {
  slug: 'character-references',
  access: { create: editor, delete: editor, read: signedIn, update: editor },
  admin: { useAsTitle: 'projectCharacterName' },
  fields: [
    { name: 'projectCharacterName', type: 'text' },
    { name: 'name', type: 'text' },
    { name: 'characterRole', type: 'text' },
    { name: 'libraryDbId', type: 'text' },
    // Older characters keep the id here.
    { name: 'libraryIntegration', type: 'group', fields: [{ name: 'libraryDbId', type: 'text' }] },
    { name: 'libraryCharacterId', type: 'text' },
    // What the model wrote about the character, in whatever shape it had that day.
    { name: 'generationMetadata', type: 'group', fields: [{ name: 'bamlData', type: 'json' }] },
  ],
}
