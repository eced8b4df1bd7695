/**
 * What becomes of `t`, `plural` and `<Trans>` in a source file.
 *
 * Lingui's own macros make message descriptors of them; `compact` then writes these as small as they get. English is
 * in the code and no catalogue is loaded for it: a message without placeholders is its own key, one with placeholders is
 * put there parsed (`["Delete ", ["name"]]`), so that no parser is needed in the browser.
 */
import babel from '@babel/core'
import lingui from '@lingui/babel-plugin-lingui-macro'
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage'
import { generateMessageId } from '@lingui/message-utils/generateMessageId'

const { transformSync, types: b } = babel
const runtime = (name) => ['@/lib/i18n', name]
const linguiConfig = {
  macro: { corePackage: ['@lingui/core/macro'], jsxPackage: ['@lingui/react/macro'] },
  runtimeConfigModule: { i18n: runtime('i18n'), Trans: runtime('Trans'), useLingui: runtime('useLingui') },
}

/** Whether a file has anything for the macros. */
export const speaks = (code) => code.includes('/macro')

/** Key of a message in a catalogue: itself when it is plain text, else a short hash of it. */
export function keyOf(message, context) {
  const plain = !context && !/[{}<>']/.test(message)
  return plain ? message : generateMessageId(message, context)
}

/**
 * The file with calls in place of the macros. `found` gets every message.
 * @param {string} code
 * @param {string} filename
 * @param {(message: { message: string, context?: string, comment?: string, values: [string, string][] }) => void} [found]
 */
export function expand(code, filename, found) {
  return transformSync(code, {
    filename,
    babelrc: false,
    configFile: false,
    sourceMaps: true,
    parserOpts: { plugins: ['typescript', ...(filename.endsWith('x') ? ['jsx'] : [])] },
    plugins: [
      [lingui, { linguiConfig, extract: true, stripMessageField: false }],
      [compact, { code, found }],
    ],
  })
}

function compact(_babel, { code, found }) {
  const read = (node) => {
    if (node?.type !== 'ObjectExpression' || !node.leadingComments?.some(({ value }) => value === 'i18n'))
      return
    node.leadingComments = []
    const fields = Object.fromEntries(node.properties.map(({ key, value }) => [key.name ?? key.value, value]))
    return { ...describe(fields, code, found), values: fields.values, components: fields.components }
  }
  return {
    visitor: {
      CallExpression({ node }) {
        const said = read(node.arguments[0])
        if (!said) return
        const { key, message, values } = said
        node.arguments = [b.stringLiteral(key)]
        if (values || message) node.arguments.push(values ?? b.objectExpression([]))
        if (message) node.arguments.push(b.objectExpression([property('message', message)]))
      },
      JSXSpreadAttribute(path) {
        const said = read(path.node.argument)
        if (!said) return
        const { key, ...others } = said
        path.replaceWithMultiple([
          b.jsxAttribute(b.jsxIdentifier('id'), b.jsxExpressionContainer(b.stringLiteral(key))),
          ...Object.entries(others)
            .filter(([, value]) => value)
            .map(([name, value]) => b.jsxAttribute(b.jsxIdentifier(name), b.jsxExpressionContainer(value))),
        ])
      },
    },
  }
}

const property = (name, value) => b.objectProperty(b.identifier(name), value)

/** Placeholders and the code that fills them. */
function sources(values, code) {
  return (values?.properties ?? []).map(({ key, value }) => [
    String(key.name ?? key.value),
    code.slice(value.start ?? 0, value.end ?? 0).replaceAll(/\s+/g, ' '),
  ])
}

function describe(fields, code, found) {
  const message = fields.message.value
  const context = fields.context?.value
  found?.({ message, context, comment: fields.comment?.value, values: sources(fields.values, code) })
  const key = keyOf(message, context)
  return {
    key,
    message:
      key === message ? null : b.valueToNode(JSON.parse(JSON.stringify(compileMessageOrThrow(message)))),
  }
}
