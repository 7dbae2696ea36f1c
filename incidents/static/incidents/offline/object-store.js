// One IndexedDB object store as promises; the database is opened for each transaction. For pages and the service worker.
//
//   const rows = objectStore({ database, store, keyPath })   names as they are on devices: another name loses what is stored
//   await rows.get(key) · rows.all() · rows.put(row) · rows.delete(key) · rows.clear()   rejected where a browser stores nothing

export function objectStore({ database, store, keyPath }) {
  const open = () =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open(database, 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore(store, { keyPath })
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })

  async function run(mode, operation) {
    const connection = await open()
    try {
      return await new Promise((resolve, reject) => {
        const transaction = connection.transaction(store, mode)
        const operating = operation(transaction.objectStore(store))
        transaction.oncomplete = () => resolve(operating.result)
        transaction.onabort = transaction.onerror = () => reject(transaction.error)
      })
    } finally {
      connection.close()
    }
  }

  return {
    get: (key) => run("readonly", (rows) => rows.get(key)),
    all: () => run("readonly", (rows) => rows.getAll()),
    put: (row) => run("readwrite", (rows) => rows.put(row)),
    delete: (key) => run("readwrite", (rows) => rows.delete(key)),
    clear: () => run("readwrite", (rows) => rows.clear()),
  }
}
