package feel

func regexFunctions() []builtin { return nil }
