// Payload's own SDK, asked what Python asks: `{url, token, questions: [{method, options}]}` on stdin, an answer each on stdout.
import { PayloadSDK } from '@payloadcms/sdk'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { questions, token, url } = JSON.parse(Buffer.concat(chunks))
const sdk = new PayloadSDK({ baseInit: { headers: { Authorization: `JWT ${token}` } }, baseURL: `${url}/api` })

const answers = []
for (const { method, options } of questions) {
  try {
    answers.push({ value: await sdk[method](options) })
  } catch (error) {
    answers.push({ error: error.status ?? 0 })
  }
}
process.stdout.write(JSON.stringify(answers))
