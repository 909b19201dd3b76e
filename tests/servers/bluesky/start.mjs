// Bluesky's own servers on loopback: PLC and PDS, and with DB_POSTGRES_URL and REDIS_HOST the AppView too.
// Prints one line of JSON that starts {"ready":true and stops on SIGTERM. Started by ../bluesky.py.
import net from 'node:net'
import { pathToFileURL } from 'node:url'
import path from 'node:path'

// dev-env listens on every interface; tests stay on this machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (args[0] !== null && typeof args[0] === 'object') {
    if (args[0].port !== undefined) args[0] = { ...args[0], host: '127.0.0.1' }
  } else if (typeof args[0] === 'number' || args[0] === undefined) {
    args.splice(1, typeof args[1] === 'string' ? 1 : 0, '127.0.0.1')
  }
  return listen.apply(this, args)
}

const env = process.env
const withAppView = Boolean(env.DB_POSTGRES_URL && env.REDIS_HOST)
const entry = path.join(env.BLUESKY_HOME, 'node_modules/@atproto/dev-env/dist/index.js')
const { TestNetwork, TestNetworkNoAppView } = await import(pathToFileURL(entry).href)

const [plc, pds, bsky, ozone] = env.PORTS.split(',').map(Number)
const config = {
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true, rateLimitsEnabled: env.RATE_LIMITS === '1' },
}
if (withAppView) {
  // A schema's name may hold letters and underscores only.
  config.dbPostgresSchema = 'test_' + [...String(Date.now())].map((digit) => 'abcdefghij'[+digit]).join('')
  config.bsky = { port: bsky, publicUrl: `http://localhost:${bsky}` }
  config.ozone = { port: ozone, dbMaterializedViewRefreshIntervalMs: 60_000 }
}
const network = await (withAppView ? TestNetwork : TestNetworkNoAppView).create(config)

const accounts = {}
for (const name of env.ACCOUNTS.split(',')) {
  const account = { handle: `${name}.test`, password: `${name}-pass-1` }
  const made = await network.pds.getAgent().createAccount({ ...account, email: `${name}@example.test` })
  accounts[name] = { ...account, did: made.data.did }
}
await network.processAll()

console.log(JSON.stringify({
  ready: true,
  pds_url: network.pds.url,
  plc_url: network.plc.url,
  appview_url: network.bsky?.url ?? null,
  admin_password: 'admin-pass',
  accounts,
}))

let closing = false
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    if (closing) return
    closing = true
    setTimeout(() => process.exit(0), 1500).unref()
    await network.close().catch(() => {})
    process.exit(0)
  })
}
