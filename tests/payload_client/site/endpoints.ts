import type { Endpoint } from 'payload'

/** What an e-mail would tell: the tokens of somebody who forgot a password or has yet to be verified. */
const tokens: Endpoint = {
  handler: async ({ payload, routeParams }) => {
    const { email, slug } = routeParams as { email: string; slug: 'customers' }
    const found = await payload.find({
      collection: slug,
      limit: 1,
      overrideAccess: true,
      showHiddenFields: true,
      where: { email: { equals: email } },
    })
    return Response.json(found.docs[0] ?? null)
  },
  method: 'get',
  path: '/told-by-mail/:slug/:email',
}

/** A proxy in front that adds or drops a slash, another that is elsewhere. */
const moved: Endpoint = {
  handler: (req) => new Response(null, { headers: { location: new URL(req.url!).searchParams.get('to')! }, status: 308 }),
  method: 'get',
  path: '/moved',
}

export const endpoints = [tokens, moved]
