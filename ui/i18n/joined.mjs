/**
 * Finds sentences that are put together of translated parts. A language has its own order of words and inflects them: a
 * message is a whole, what stands in it is a value, and what depends on a number or a case is a plural or another message.
 */
import babel from '@babel/core'

const NUMBERS = new Set(['plural', 'select'])
const WHY = 'is part of a sentence: make a message of the whole'

const isText = (path) => path.isTaggedTemplateExpression() && path.node.tag.name === 't'
const isNumber = (path) => path.isCallExpression() && NUMBERS.has(path.node.callee.name)
const isWhole = (path) => isText(path) || (path.isJSXElement() && nameOf(path) === 'Trans')
const nameOf = (path) => path.node.openingElement.name.name

/** Whether what is said at `path` stands in another message, or in text that is put together without one. */
function isPart(path) {
  for (let [one, up] = [path, path.parentPath]; up; [one, up] = [up, up.parentPath]) {
    if (up.isFunction() || up.isJSXAttribute() || up.isStatement()) return false
    if (isWhole(up)) return !isNumber(path)
    if (up.isTemplateLiteral() && !up.parentPath.isTaggedTemplateExpression()) return true
    if (up.isBinaryExpression({ operator: '+' })) return true
    const joins = up.isCallExpression() && up.node.callee.property?.name === 'join'
    if (joins && one.listKey === 'arguments') return true
  }
  return false
}

/** One line for each part: file, line, text. */
export function joined(code, file) {
  const plugins = ['typescript', ...(file.endsWith('x') ? ['jsx'] : [])]
  const options = { filename: file, babelrc: false, configFile: false, parserOpts: { plugins } }
  const problems = []
  const look = (path) => {
    if (!isText(path) && !isNumber(path)) return
    const text = path.node.quasi?.quasis.map(({ value }) => value.cooked).join('…') ?? 'a plural'
    if (/^[\s,;]|\s$/.test(text) || isPart(path))
      problems.push(`${file}:${path.node.loc.start.line}: “${text}” ${WHY}`)
  }
  babel.traverse(babel.parseSync(code, options), { TaggedTemplateExpression: look, CallExpression: look })
  return problems
}
