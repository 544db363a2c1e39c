import type { Access, CollectionConfig } from 'payload'

const signedIn: Access = ({ req }) => Boolean(req.user)

/** The characters, with as much of them as the image workspace reads. Of this file alone, so that it can be copied. */
export const CharacterReferences: CollectionConfig = {
  slug: 'character-references',
  access: { create: signedIn, delete: signedIn, read: signedIn, update: signedIn },
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
