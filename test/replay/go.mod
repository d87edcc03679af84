// A module of its own, so that the old SDK modules whose recordings of real
// traffic are replayed in tests stay out of the program's dependencies.
module github.com/fairlead-io/fairlead/test/replay

go 1.26

require (
	github.com/Azure/azure-sdk-for-go/sdk/keyvault/azcertificates v0.9.0
	github.com/Azure/azure-sdk-for-go/sdk/keyvault/azkeys v0.9.0
	github.com/Azure/azure-sdk-for-go/sdk/keyvault/azsecrets v0.12.0
)
