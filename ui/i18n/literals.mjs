/**
 * Finds what people would read and no translator would see: text between tags, in attributes that are shown or read
 * aloud, in the titles and labels of tables, and in toasts, which is neither in a macro nor in `<code>`.
 */
import babel from '@babel/core'

const ATTRIBUTES = new Set(
  [
    'aria-label',
    'aria-description',
    'aria-valuetext',
    'title',
    'alt',
    'placeholder',
    'label',
    'description',
    'hint',
  ].concat(['heading', 'subtitle', 'needs', 'noun', 'builtIn']),
)
const FIELDS = new Set(['label', 'title', 'header', 'hint', 'about', 'description', 'warning', 'aria-label'])
const CALLS = new Set(['notify', 'notifyError'])
/** What is inside is code, keys or data, and stays as it is. */
const VERBATIM = new Set(['code', 'pre', 'kbd', 'Kbd', 'Trans', 'style'])
/** Names and formats that are the same in every language; examples of code and data. */
const SAME = /^(Assay|SQL|JSON|JSONL|CSV|Parquet|Python|TypeScript|curl|CLI|UTC|Markdown|YAML|Git|HTML|PDF)$/
const EXAMPLE = /[{}=<>$]|\w[._/]\w|^\w+(-\w+)+$|^[A-Z_]+$/

const words = (text) => /\p{L}{2}/u.test(text) && !SAME.test(text.trim())

const verbatim = (path) => path.isJSXElement() && VERBATIM.has(path.node.openingElement.name.name)

/** One line for each of them: file, line, text. */
export function unmarked(code, file) {
  const { parseSync, traverse, types } = babel
  const plugins = ['typescript', ...(file.endsWith('x') ? ['jsx'] : [])]
  const tree = parseSync(code, { filename: file, babelrc: false, configFile: false, parserOpts: { plugins } })
  const problems = []
  const tell = (node, text, what = 'is not marked for translation') =>
    problems.push(`${file}:${node.loc.start.line}: “${text.trim()}” ${what}`)

  /** Strings that the value of an expression may be. */
  const look = (node) => {
    if (!node) return
    if (types.isStringLiteral(node)) {
      if (words(node.value) && !EXAMPLE.test(node.value)) tell(node, node.value)
    } else if (types.isTemplateLiteral(node)) {
      const text = node.quasis.map(({ value }) => value.cooked).join('…')
      if (node.quasis.some(({ value }) => words(value.cooked)) && !EXAMPLE.test(text)) tell(node, text)
    } else if (types.isConditionalExpression(node)) [node.consequent, node.alternate].forEach(look)
    else if (types.isLogicalExpression(node)) [node.left, node.right].forEach(look)
    else if (types.isTSAsExpression(node) || types.isJSXExpressionContainer(node)) look(node.expression)
  }

  traverse(tree, {
    JSXText({ node, parentPath }) {
      if (words(node.value) && !parentPath.find(verbatim)) tell(node, node.value)
    },
    JSXExpressionContainer({ node, parent }) {
      if (types.isJSXElement(parent) && !VERBATIM.has(parent.openingElement.name.name)) look(node.expression)
    },
    JSXAttribute({ node }) {
      if (ATTRIBUTES.has(node.name.name)) look(node.value)
    },
    ObjectProperty({ node, parentPath }) {
      const asked = parentPath.parent.key?.name === 'params' // a question to the server
      if (!asked && FIELDS.has(node.key.name ?? node.key.value)) look(node.value)
    },
    CallExpression({ node }) {
      if (CALLS.has(node.callee.name)) node.arguments.forEach(look)
      const locale = node.callee.property?.name?.startsWith('toLocale') ? node.arguments[0] : undefined
      if (types.isStringLiteral(locale))
        tell(locale, locale.value, 'is one language: take `intl` of lib/i18n')
    },
  })
  return problems
}
