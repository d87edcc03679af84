// Package utilities is the integration of commands that need no cloud: they
// work on stored files.
package utilities

import "github.com/fairlead-io/fairlead/connector"

// Integration declares Utilities.
func Integration() *connector.Integration {
	return &connector.Integration{
		ID:       "utilities",
		Name:     "Utilities",
		Category: "Utility",
		Vendor:   "Fairlead",
		Summary:  "Makes, lists, reads, converts, unpacks and deletes stored files.",
		Overview: "Commands pass files to each other by ID: one stores a file and tells its ID, another takes the ID and does something with the content. " +
			"Utilities work on these stored files themselves and need no connection. " +
			"Create a File from input Text Array, for example, makes a file with which a command that uploads files can be tried.",
		Limitations: []string{
			"A file's content and name cannot be changed once it is stored; store another file instead.",
			"Get File Text reads at most 10 MiB of a file, and Convert File Format takes files of at most that size.",
			"Unzip Files and Save reads the ZIP methods store and deflate, with the traditional or AES encryption; it does not read split archives, nor other formats.",
		},
		Commands: []*connector.Command{
			convertFile(),
			createFile(),
			deleteFiles(),
			getFileText(),
			listFiles(),
			unzipFiles(),
		},
	}
}
