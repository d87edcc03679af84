// Package all lists the integrations of this program. The list is generated
// from the folders, so that adding an integration touches one folder.
package all
