// A backend for pouchdb-server: LevelDOWN that brings every write to the disk before it is answered.
'use strict'

const leveldown = require('leveldown')

function synced (location) {
  const store = leveldown(location)
  const last = (call) => function (...given) {
    const done = given.pop()
    const options = given.pop()
    return call.call(this, ...given, { ...options, sync: true }, done)
  }
  for (const name of ['_put', '_del', '_batch']) store[name] = last(store[name])
  const chained = store._chainedBatch
  store._chainedBatch = function () {
    const batch = chained.call(this)
    batch._write = last(batch._write)
    return batch
  }
  return store
}

synced.destroy = leveldown.destroy
synced.repair = leveldown.repair
module.exports = synced
