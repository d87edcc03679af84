// Package azconn is what integrations of Azure share: clouds, credentials, one
// client for Resource Manager and data planes, pages, and errors.
package azconn
