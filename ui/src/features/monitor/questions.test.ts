import { expect, test } from 'vitest'
import { readChart } from './charts'
import divided from './divided.cases.json'
import cases from './questions.cases.json'
import { endsQuestion, listQuestion, scoresQuestion, seriesQuestion, splitQuestion } from './questions'

// The server makes the same questions for shared boards and is tested by the same file.
test.each(cases)('$name', (example) => {
  const scope = { projectId: example.project, where: [], scoring: false }
  const window = { from: example.from, to: example.to }
  const charts = example.charts.map(readChart).filter((chart) => chart !== null)
  const sql =
    example.ask === 'ends'
      ? endsQuestion(scope, window)
      : example.ask === 'series'
        ? seriesQuestion(charts, scope, window, example.unit).query
        : listQuestion(charts[0]!, scope, window)
  expect(sql).toBe(example.sql)
})

// What only the page asks: a shared board is not divided.
test.each(divided)('$name', ({ by, where = [], scores, from, to, ...example }) => {
  const scope = { projectId: 'p', where, scoring: false, by, ...(scores ? { scores } : {}) }
  const window = { from, to }
  const chart = readChart(example.chart)!
  const asked = {
    series: () => seriesQuestion([chart], scope, window, example.unit).query,
    scores: () => scoresQuestion(chart, scope, window),
    list: () => splitQuestion(chart, scope, window, example.names),
  }[example.ask]
  expect(asked!()).toBe(example.sql)
})
