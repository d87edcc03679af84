package servers

import "os"

// Camunda is a running in-memory engine of a Camunda 8 cluster.
type Camunda struct {
	Version string // of the engine
	GRPC    string // host:port
	Control string // base address: GET /records?after=&types=, POST /time?ms=, /idle?ms=, /reset
}

// AllCamunda returns the engines that run and those that do not.
func AllCamunda() ([]Camunda, []Missing) {
	var running []Camunda
	var missing []Missing
	for _, key := range []string{"88", "89"} {
		e := camundaFromEnv(key, os.Getenv)
		if e.GRPC == "" {
			missing = append(missing, Missing{Name: "camunda engine " + key[:1] + "." + key[1:], Reason: reason("camunda", os.Getenv)})
			continue
		}
		running = append(running, e)
	}
	return running, missing
}

func camundaFromEnv(key string, env func(string) string) Camunda {
	prefix := "FAIRLEAD_TEST_CAMUNDA_" + key + "_"
	return Camunda{Version: env(prefix + "VERSION"), GRPC: env(prefix + "GRPC"), Control: env(prefix + "CONTROL")}
}
