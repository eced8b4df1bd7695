/**
 * Modules that the page's first script imports itself run before the language is there: what they say where they are
 * loaded, and not when they are called, would be English for ever.
 */
import babel from '@babel/core'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One line for each message that is said too early. @param {string} root the folder of `@/` @param {string} entry in it */
export function early(root, entry) {
  const problems = []
  const seen = new Set()
  const wanted = [join(root, entry)]
  for (let file = wanted.pop(); file; file = wanted.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const { imports, said } = read(file)
    problems.push(
      ...said.map((line) => `src${file.slice(root.length)}:${line}: is said before the language is known`),
    )
    wanted.push(...imports.map((name) => find(root, file, name)).filter(Boolean))
  }
  return problems
}

/** Modules of ours that a module imports as it is loaded, and lines of macros that run then. */
function read(file) {
  const plugins = ['typescript', ...(file.endsWith('x') ? ['jsx'] : [])]
  const options = { filename: file, babelrc: false, configFile: false, parserOpts: { plugins } }
  const tree = babel.parseSync(readFileSync(file, 'utf8'), options)
  const imports = []
  const macros = new Set()
  const said = []
  babel.traverse(tree, {
    'ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration'({ node }) {
      if (!node.source || node.importKind === 'type' || node.exportKind === 'type') return
      imports.push(node.source.value)
      if (/^@lingui\/\w+\/macro$/.test(node.source.value))
        for (const { local } of node.specifiers) macros.add(local.name)
    },
    'TaggedTemplateExpression|CallExpression'(path) {
      const name = (path.node.tag ?? path.node.callee).name
      if (macros.has(name) && !path.getFunctionParent()) said.push(path.node.loc.start.line)
    },
  })
  return { imports, said }
}

function find(root, from, name) {
  if (!/^(@\/|\.)/.test(name)) return undefined
  const base = name.startsWith('@/') ? join(root, name.slice(2)) : join(dirname(from), name)
  return ['.ts', '.tsx', '/index.ts'].map((end) => base + end).find((one) => existsSync(one))
}
