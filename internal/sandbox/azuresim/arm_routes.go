package azuresim

import (
	"net/http"
	"strings"
)

const (
	subPath     = "/subscriptions/{sub}"
	groupPath   = subPath + "/resourceGroups/{group}"
	kvPath      = subPath + "/providers/Microsoft.KeyVault"
	vaultsPath  = groupPath + "/providers/Microsoft.KeyVault/vaults"
	vaultPath   = vaultsPath + "/{vault}"
	deletedPath = kvPath + "/locations/{location}/deletedVaults/{vault}"
	purgeResult = kvPath + "/locations/{location}/operationResults/{operation}"

	readGroups = "Microsoft.Resources/subscriptions/resourcegroups/read"
)

// armRoutes lists every operation of ARM that is simulated, with the action it needs and the number of path
// segments that make the scope of that action.
func armRoutes() []armRoute {
	kv, rm := keyVaultAPI(), resourcesAPI()
	return []armRoute{
		{http.MethodGet, "/subscriptions", "subscriptions.list", "", 0, rm, (*armCall).listSubscriptions},
		{http.MethodGet, subPath, "subscriptions.get", "Microsoft.Resources/subscriptions/read", 2, rm, (*armCall).getSubscription},
		{http.MethodGet, subPath + "/resources", "resources.list", "Microsoft.Resources/subscriptions/resources/read", 2, rm, (*armCall).listResources},
		{http.MethodGet, subPath + "/resourceGroups", "resourceGroups.list", readGroups, 2, rm, (*armCall).listGroups},
		{http.MethodGet, groupPath, "resourceGroups.get", readGroups, 4, rm, (*armCall).getGroup},
		{http.MethodHead, groupPath, "resourceGroups.exists", readGroups, 4, rm, (*armCall).groupExists},
		{http.MethodPut, groupPath, "resourceGroups.put", "Microsoft.Resources/subscriptions/resourcegroups/write", 4, rm, (*armCall).putGroup},

		{http.MethodGet, kvPath + "/vaults", "vaults.listBySubscription", readVaults, 2, kv, (*armCall).listVaults},
		{http.MethodGet, vaultsPath, "vaults.listByResourceGroup", readVaults, 4, kv, (*armCall).listVaults},
		{http.MethodGet, vaultPath, "vaults.get", readVaults, 8, kv, (*armCall).getVault},
		{http.MethodPut, vaultPath, "vaults.put", "Microsoft.KeyVault/vaults/write", 8, kv, (*armCall).putVault},
		{http.MethodPatch, vaultPath, "vaults.patch", "Microsoft.KeyVault/vaults/write", 8, kv, (*armCall).patchVault},
		{http.MethodDelete, vaultPath, "vaults.delete", "Microsoft.KeyVault/vaults/delete", 8, kv, (*armCall).deleteVault},
		{http.MethodPut, vaultPath + "/accessPolicies/{kind}", "vaults.accessPolicies", "Microsoft.KeyVault/vaults/accessPolicies/write", 10, kv, (*armCall).putPolicies},
		{http.MethodPost, kvPath + "/checkNameAvailability", "vaults.checkName", checkVaultName, 2, kv, (*armCall).checkName},

		{http.MethodGet, kvPath + "/deletedVaults", "deletedVaults.list", readDeletedVaults, 2, kv, (*armCall).listDeleted},
		{http.MethodGet, deletedPath, "deletedVaults.get", "Microsoft.KeyVault/locations/deletedVaults/read", 8, kv, (*armCall).getDeleted},
		{http.MethodPost, deletedPath + "/purge", "deletedVaults.purge", purgeDeletedVaults, 8, kv, (*armCall).purgeDeleted},
		{http.MethodGet, purgeResult, "operationResults.get", "Microsoft.KeyVault/locations/operationResults/read", 8, kv, (*armCall).operationResult},
	}
}

// rbacByDefault is the first version in which a new vault uses role assignments unless told otherwise.
const rbacByDefault = "2026-02-01"

func keyVaultAPI() apiFamily {
	return apiFamily{
		versions: []string{
			"2015-06-01", "2016-10-01", "2018-02-14", "2019-09-01", "2020-04-01-preview", "2021-10-01", "2022-07-01",
			"2022-11-01", "2023-02-01", "2023-07-01", "2024-04-01-preview", "2024-11-01", "2025-05-01", rbacByDefault,
		},
		refuse: func(version, list string) *apiError {
			return &apiError{
				Status: http.StatusBadRequest, Code: "NoRegisteredProviderFound",
				Message: "No registered resource provider found for location '' and API version '" + version + "' for type 'vaults'. " +
					"The supported api-versions are '" + list + "'. The supported locations are '" + strings.Join(locations(), ", ") + "'.",
			}
		},
	}
}

func resourcesAPI() apiFamily {
	return apiFamily{
		versions: []string{
			"2015-11-01", "2016-06-01", "2016-09-01", "2017-05-10", "2018-05-01", "2019-05-01", "2019-10-01", "2020-06-01", "2020-10-01",
			"2021-01-01", "2021-04-01", "2022-09-01", "2022-12-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-03-01", "2025-04-01",
		},
		refuse: func(version, list string) *apiError {
			return &apiError{
				Status: http.StatusBadRequest, Code: "InvalidApiVersionParameter",
				Message: "The api-version '" + version + "' is invalid. The supported versions are '" + strings.ReplaceAll(list, ", ", ",") + "'.",
			}
		},
	}
}

func locations() []string {
	return []string{
		"eastus", "eastus2", "northcentralus", "southcentralus", "westcentralus", "centralus", "westus", "westus2", "westus3",
		"canadacentral", "canadaeast", "brazilsouth", "northeurope", "westeurope", "uksouth", "ukwest", "francecentral",
		"germanywestcentral", "switzerlandnorth", "norwayeast", "swedencentral", "italynorth", "polandcentral", "spaincentral",
		"eastasia", "southeastasia", "japaneast", "japanwest", "koreacentral", "koreasouth", "centralindia", "southindia", "westindia",
		"australiaeast", "australiasoutheast", "australiacentral", "uaenorth", "qatarcentral", "israelcentral", "southafricanorth", "mexicocentral",
	}
}
