package feel

var referenceTime = []docGroup{
	{category: "date and time", docs: []doc{
		{"date", "Reads a date, takes that of a date and time, or makes one of its numbers.", []string{`date("2024-02-29").day`, `29`, `date(date and time("2024-02-29T10:30:00"))`, `date("2024-02-29")`, `date(2024, 2, 29)`, `date("2024-02-29")`, `date("2024-02-30")`, `null`}},
		{"time", "Reads a time, takes that of a date and time, or makes one of its numbers, perhaps with an offset.", []string{`time("10:30:00+02:00").time offset`, `duration("PT2H")`, `time(10, 30, 0)`, `time("10:30:00")`, `time(10, 30, 0, duration("PT1H"))`, `time("10:30:00+01:00")`}},
		{"date and time", "Reads a date and time, joins a date and a time, or moves one to a time zone.", []string{
			`date and time(date("2024-02-29"), time("10:30:00"))`, `date and time("2024-02-29T10:30:00")`,
			`date and time(date and time("2024-07-01T10:00:00Z"), "Europe/Berlin")`, `date and time("2024-07-01T12:00:00@Europe/Berlin")`,
		}},
		{"duration", "Reads a duration, of days and time or of years and months.", []string{`duration("PT36H")`, `duration("P1DT12H")`, `duration("P14M").years`, `1`, `duration("1 day")`, `null`}},
		{"years and months duration", "The whole months from one date to another.", []string{`years and months duration(date("2022-12-22"), date("2024-08-24"))`, `duration("P1Y8M")`}},
		{"now", "The current date and time.", []string{`now() instance of date and time`, `true`}},
		{"today", "The current date.", []string{`today() instance of date`, `true`}},
		{"day of year", "The number of the day in its year.", []string{`day of year(date("2024-12-31"))`, `366`}},
		{"day of week", "The English name of the weekday.", []string{`day of week(date("2024-02-29"))`, `"Thursday"`}},
		{"month of year", "The English name of the month.", []string{`month of year(date("2024-02-29"))`, `"February"`}},
		{"week of year", "The number of the week (ISO 8601).", []string{`week of year(date("2024-12-30"))`, `1`}},
		{"last day of month", "The last day of the month.", []string{`last day of month(date("2024-02-01"))`, `date("2024-02-29")`}},
	}},
}

var referenceHosts = []docGroup{
	{category: "cluster", host: "cluster", docs: []doc{
		{"cycle", "The text of a repeating timer: a number of repetitions, or without end.", []string{`cycle(3, duration("PT1H"))`, `"R3/PT1H"`, `cycle(duration("P7D"))`, `"R/P7D"`}},
		{"fromAi", "Its first argument; the others describe the value to a language model.", []string{`fromAi({city: "Rome"}.city, "a city", "string")`, `"Rome"`}},
	}},
	{category: "connector", host: "connector", docs: []doc{
		{"bpmnError", "Raises a BPMN error. A wrong type of an argument fails the expression.", []string{`bpmnError("NOT_FOUND", "no such order").errorCode`, `"NOT_FOUND"`}},
		{"jobError", "Fails the job, with variables, remaining retries and a delay.", []string{
			`jobError("slow down", {}, 2, duration("PT10S"))`,
			`{errorType: "jobError", errorMessage: "slow down", variables: {}, retries: 2, retryBackoff: duration("PT10S")}`,
		}},
		{"ignoreError", "Completes the job in spite of the error, with variables.", []string{`ignoreError({ok: false})`, `{errorType: "ignoreError", variables: {ok: false}}`}},
		{
			"backoff", "A delay that grows with the attempt: from 50 ms by the factor 1.6 up to 5 s, give or take a tenth, if nothing else is said.",
			[]string{`backoff(3, duration("PT1S"), 2, duration("PT1M"), 0)`, `duration("PT4S")`},
		},
	}},
}
