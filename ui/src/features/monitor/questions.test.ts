import { expect, test } from 'vitest'
import { readChart } from './charts'
import cases from './questions.cases.json'
import { endsQuestion, listQuestion, seriesQuestion } from './questions'

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
