import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorState, Prec, StateEffect, StateField, type Extension } from '@codemirror/state'
import {
  Decoration,
  EditorView,
  keymap,
  lineNumbers,
  placeholder,
  type DecorationSet,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { t } from '@lingui/core/macro'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { complete, type Kind, type Schema } from './completion'

/** Where the server found a mistake; lines and columns count from 1. */
export type Mistake = { line: number; column: number; message: string }

export type EditorProps = {
  text: string
  schema: Schema
  mistake: Mistake | null
  onText: (text: string) => void
  onRun: () => void
}

const TYPES: Record<Kind, string> = {
  keyword: 'keyword',
  source: 'class',
  name: 'constant',
  column: 'property',
  field: 'variable',
  function: 'function',
}

/** The SQL editor. In a file of its own: nothing but the SQL page pays for it. */
export function SqlEditor(props: EditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })
  useEffect(() => {
    const made = new EditorView({
      parent: box.current!,
      state: EditorState.create({ doc: latest.current.text, extensions: extensions(latest) }),
    })
    view.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => {
    const editor = view.current
    if (!editor || editor.state.doc.toString() === props.text) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text } })
  }, [props.text])
  useEffect(() => {
    view.current?.dispatch({ effects: setMistake.of(props.mistake) })
  }, [props.mistake])
  return <div ref={box} className="h-full min-h-0 overflow-hidden" />
}

function extensions(latest: React.RefObject<EditorProps>): Extension[] {
  const run = (): boolean => {
    latest.current.onRun()
    return true
  }
  return [
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
    lineNumbers(),
    history(),
    bracketMatching(),
    closeBrackets(),
    sql({ dialect: PostgreSQL, upperCaseKeywords: true }),
    syntaxHighlighting(HIGHLIGHT),
    autocompletion({
      icons: false,
      override: [
        (context) => {
          const found = complete(
            context.state.sliceDoc(0, context.pos),
            latest.current.schema,
            context.explicit,
          )
          return found
            ? {
                from: found.from,
                options: found.options.map(({ label, kind, detail, apply }) => ({
                  label,
                  type: TYPES[kind],
                  ...(detail ? { detail } : {}),
                  ...(apply ? { apply } : {}),
                })),
                validFor: /^[\w."]*$/,
              }
            : null
        },
      ],
    }),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': t`SQL`, spellcheck: 'false' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onText(update.state.doc.toString())
    }),
    placeholder('SELECT …'),
    EditorView.cspNonce.of(pageNonce()), // the editor writes style elements
    typedOverSelection,
    mistakes,
    THEME,
  ]
}

/** The nonce of this page, with which the Content-Security-Policy lets a style element apply. */
function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
}

/**
 * Text typed over a selection. The browser would keep the look of what was selected by a style attribute, which the
 * policy forbids, and the editor would throw it away; so the editor puts the text there itself.
 */
const typedOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const text = event.data
    // The selection of the page: the editor may not have heard of a new one yet.
    const selection = document.getSelection()
    if (event.inputType !== 'insertText' || !text || !selection || selection.isCollapsed) return false
    const over = selection.getRangeAt(0)
    event.preventDefault()
    const from = view.posAtDOM(over.startContainer, over.startOffset)
    const to = view.posAtDOM(over.endContainer, over.endOffset)
    const insert = () =>
      view.state.update({
        changes: { from, to, insert: text },
        selection: { anchor: from + text.length },
        userEvent: 'input.type',
        scrollIntoView: true,
      })
    const handlers = view.state.facet(EditorView.inputHandler)
    if (!handlers.some((handler) => handler(view, from, to, text, insert))) view.dispatch(insert())
    return true
  },
})

const setMistake = StateEffect.define<Mistake | null>()

/** Underlines the word a mistake is at, until the text changes. */
const mistakes = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let now = transaction.docChanged ? Decoration.none : marks
    for (const effect of transaction.effects)
      if (effect.is(setMistake))
        now = effect.value ? underline(transaction.state, effect.value) : Decoration.none
    return now
  },
  provide: (field) => EditorView.decorations.from(field),
})

function underline(state: EditorState, { line, column, message }: Mistake): DecorationSet {
  if (line < 1 || line > state.doc.lines) return Decoration.none
  const { from, to, text } = state.doc.line(line)
  const start = Math.min(from + Math.max(0, column - 1), to)
  const word = /^(?:'[^']*'?|"[^"]*"?|[\w.]+|\S)/.exec(text.slice(start - from))?.[0].length ?? 0
  // At the end of a line there is no word: the character before it stands for it.
  const [left, right] = word ? [start, start + word] : [Math.max(from, start - 1), start]
  if (left === right) return Decoration.none
  const mark = Decoration.mark({ class: 'cm-mistake', attributes: { title: message } })
  return Decoration.set([mark.range(left, right)])
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--better)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--tool)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.name), tags.function(tags.variableName)], color: 'var(--llm)' },
])

const THEME = EditorView.theme({
  '&': { height: '100%', fontSize: '12px', color: 'var(--ink)', background: 'var(--bg)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '19px', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { background: 'var(--bg)', color: 'var(--ink-3)', border: 'none', paddingLeft: '6px' },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '.cm-matchingBracket': { background: 'var(--sunken) !important', color: 'inherit' },
  '.cm-mistake': {
    textDecoration: 'underline wavy var(--worse)',
    textUnderlineOffset: '3px',
    background: 'var(--worse-soft)',
  },
  '.cm-tooltip': {
    background: 'var(--bg)',
    border: '1px solid var(--line-strong)',
    borderRadius: '8px',
    boxShadow: 'var(--shadow-pop)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', maxHeight: '16rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 10px', color: 'var(--ink)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--accent-soft)',
    color: 'var(--ink)',
  },
  '.cm-completionDetail': { color: 'var(--ink-3)', fontStyle: 'normal', marginLeft: '1.5em' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)' },
})
