import type { Access } from 'payload'

export const signedIn: Access = ({ req }) => Boolean(req.user)

export const editor: Access = ({ req }) => req.user?.role === 'editor'
