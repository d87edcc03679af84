package azuresim

import (
	"fmt"
	"net/http"
)

// apiError is an error body of ARM or of the data plane.
type apiError struct {
	Status        int
	Code, Message string
	// Inner is the code of the innererror, "" for none.
	Inner  string
	Header http.Header
}

type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code    string     `json:"code"`
	Message string     `json:"message"`
	Inner   *innerCode `json:"innererror,omitempty"`
}

type innerCode struct {
	Code string `json:"code"`
}

func errorAnswer(e *apiError) answer {
	d := errorDetail{Code: e.Code, Message: e.Message}
	if e.Inner != "" {
		d.Inner = &innerCode{Code: e.Inner}
	}
	a := jsonAnswer(e.Status, errorBody{Error: d})
	for k, v := range e.Header {
		a.header[http.CanonicalHeaderKey(k)] = v
	}
	return a
}

func badParameter(format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Code: "BadParameter", Message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

// notSimulated is honest about what this package leaves out; Azure never answers so.
func notSimulated(what string) *apiError {
	return &apiError{Status: http.StatusNotImplemented, Code: "NotSimulated", Message: "The sandbox does not simulate " + what + "."}
}
