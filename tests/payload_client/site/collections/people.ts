import type { CollectionConfig } from 'payload'

/** Who signs in by e-mail and may do everything; three wrong passwords lock the account. */
export const Users: CollectionConfig = {
  slug: 'users',
  auth: { lockTime: 600_000, maxLoginAttempts: 3, tokenExpiration: 7200, useAPIKey: true },
  fields: [{ name: 'name', type: 'text' }],
}

/** Who signs in by username once verified, and sees only itself. */
export const Customers: CollectionConfig = {
  slug: 'customers',
  access: {
    create: () => true,
    delete: ({ req }) => req.user?.collection === 'users',
    read: ({ req }) => (req.user?.collection === 'customers' ? { id: { equals: req.user.id } } : Boolean(req.user)),
    unlock: ({ req }) => req.user?.collection === 'users',
    update: ({ req }) => req.user?.collection === 'users',
  },
  auth: {
    forgotPassword: { generateEmailHTML: () => 'reset' },
    loginWithUsername: { allowEmailLogin: true, requireEmail: true },
    maxLoginAttempts: 3,
    verify: { generateEmailHTML: () => 'verify' },
  },
  fields: [],
}
