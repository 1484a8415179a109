// One side of the benchmark: reads a task a line from standard input, makes
// it with Yjs, and answers with a line of JSON: {"ns": …, "bytes": …}.
// A trace is read from CRDTSTORE_TESTDATA once; preparing is not timed.
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import { gunzipSync, deflateRawSync } from 'node:zlib'
import { join } from 'node:path'
import * as Y from 'yjs'

const answer = (made) => process.stdout.write(JSON.stringify(made) + '\n')
console.log = console.warn // Yjs may speak, but not where the answers go

const kept = new Map()
const once = (name, make) => {
  if (!kept.has(name)) kept.set(name, make())
  return kept.get(name)
}

const trace = (name) => once(name, () => {
  const json = gunzipSync(readFileSync(join(process.env.CRDTSTORE_TESTDATA, name + '.json.gz'))).toString()
  if (/[\ud800-\udfff]/.test(json)) throw new Error(name + ': positions are code points, Yjs counts UTF-16 units')
  return JSON.parse(json)
})

const edit = (text, { patches }) => {
  for (const [at, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(at, deleted)
    if (inserted !== '') text.insert(at, inserted)
  }
}

// author makes a document that edits with a small client id, which is the
// cheapest to encode.
const author = (id) => Object.assign(new Y.Doc(), { clientID: id })

// typed is the document after all edits of a sequential trace.
const typed = (name) => {
  const doc = author(1)
  const text = doc.getText('text')
  for (const txn of trace(name).txns) edit(text, txn)
  return doc
}

const read = (update) => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return doc.getText('text').toString()
}

const same = (got, want, what) => {
  if (got !== want) throw new Error(what + ': other text')
}

// updates are the transactions of a concurrent trace, each as the small update
// that its author sent. An agent takes in what its transaction follows on.
const updates = (name) => once(name + ' updates', () => {
  const { txns, numAgents } = trace(name)
  const peers = Array.from({ length: numAgents }, (_, i) => {
    const doc = author(i + 1)
    const peer = { doc, has: new Set(), sent: null }
    doc.on('update', (update, origin) => { if (origin === 'local') peer.sent = update })
    return peer
  })
  return txns.reduce((sent, txn, i) => {
    const peer = peers[txn.agent]
    const lacks = []
    const visit = [...txn.parents]
    while (visit.length > 0) {
      const p = visit.pop()
      if (peer.has.has(p)) continue
      peer.has.add(p)
      lacks.push(p)
      visit.push(...txns[p].parents)
    }
    for (const p of lacks.sort((a, b) => a - b)) if (sent[p] !== null) Y.applyUpdate(peer.doc, sent[p])
    peer.sent = null
    peer.doc.transact(() => edit(peer.doc.getText('text'), txn), 'local')
    peer.has.add(i)
    sent.push(peer.sent)
    return sent
  }, []).filter((update) => update !== null)
})

const inTurn = (name) => {
  const doc = new Y.Doc()
  for (const update of updates(name)) Y.applyUpdate(doc, update)
  return doc
}

const blob = (name) => once(name + ' blob', () => Y.encodeStateAsUpdate(inTurn(name)))

const small = () => once('small', () => {
  const doc = author(1)
  for (const [name, value] of Object.entries(JSON.parse(process.env.SMALL_DOCUMENT))) doc.getMap('doc').set(name, value)
  return Y.encodeStateAsUpdate(doc)
})

const timed = (times, fn) => {
  const start = process.hrtime.bigint()
  for (let i = 0; i < times; i++) fn()
  return Number(process.hrtime.bigint() - start) / times
}

const tasks = {
  local: ({ trace: name }) => {
    let doc
    const ns = timed(1, () => { doc = typed(name) })
    same(doc.getText('text').toString(), trace(name).endContent, name)
    return { ns }
  },
  encode: ({ trace: name }) => {
    const doc = once(name + ' typed', () => typed(name))
    let update
    const ns = timed(5, () => { update = Y.encodeStateAsUpdate(doc) })
    return { ns, bytes: update.length, deflated: deflateRawSync(update, { level: 9 }).length }
  },
  load: ({ trace: name }) => {
    const update = once(name + ' encoded', () => Y.encodeStateAsUpdate(typed(name)))
    same(read(update), trace(name).endContent, name)
    return { ns: timed(5, () => read(update)), bytes: update.length }
  },
  blob: ({ trace: name }) => {
    const update = blob(name)
    return { ns: timed(10, () => read(update)), bytes: update.length }
  },
  updates: ({ trace: name }) => {
    const all = updates(name)
    return { ns: timed(1, () => inTurn(name).getText('text').toString()) / all.length, bytes: all.reduce((n, u) => n + u.length, 0) }
  },
  small: () => {
    const update = small()
    return {
      ns: timed(20000, () => {
        const doc = new Y.Doc()
        Y.applyUpdate(doc, update)
        doc.getMap('doc').set('city', 'Rome')
        Y.encodeStateAsUpdate(doc)
      }),
      bytes: update.length
    }
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const task = JSON.parse(line)
  try {
    answer(tasks[task.task](task))
  } catch (e) {
    answer({ error: String(e.message) })
  }
})
