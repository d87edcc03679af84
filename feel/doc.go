// Package feel parses and evaluates FEEL, the expression language of BPMN and
// DMN, in the dialect of Camunda's engine: the same answers, nulls and failures.
//
// An Engine holds the surroundings (clock, zone, host functions, limits); an
// Expression is parsed once, compiled to closures and may be evaluated by many
// goroutines at the same time. Variables are read lazily, from JSON text or Go
// values, so one that the expression does not touch costs nothing.
//
//	engine := feel.New()
//	expr, err := engine.Parse(`sum(items[price > 10].price)`)
//	vars, err := feel.JSON(body)
//	result, err := expr.Evaluate(ctx, vars)
//
// Only three things fail an evaluation: a failed assert, a failure inside a
// function that the reference engine has too, and a limit. Everything else that
// goes wrong gives null and a Warning.
package feel
