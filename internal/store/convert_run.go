package store

import "github.com/fairlead-io/fairlead/internal/store/db"

func insertRunParams(r *Run) db.InsertRunParams {
	return db.InsertRunParams{
		TenantID: r.Tenant, ID: r.ID, ParentID: r.ParentID, Integration: r.Integration, Command: r.Command, ConnectionID: r.ConnectionID,
		ConnectionName: storable(r.ConnectionName), ConnectionKey: fold(r.ConnectionName), Inline: r.Inline, Origin: r.Origin, Actor: r.Actor,
		ActorName: storable(r.ActorName), ExternalRef: storableRef(r.ExternalRef), IdempotencyKey: storableRef(r.IdempotencyKey),
		DryRun: r.DryRun, CreatedAt: r.CreatedAt, SearchText: searchText(r),
		State: r.State, ReturnData: r.ReturnData, StatusCode: int64(r.StatusCode), StartedAt: r.StartedAt, EndedAt: r.EndedAt,
		HeartbeatAt: r.HeartbeatAt, NodeID: r.NodeID, ItemsTotal: r.ItemsTotal, ItemsDone: r.ItemsDone, ItemsFailed: r.ItemsFailed,
		Bytes: r.Bytes, Error: r.Error, RequestHash: r.RequestHash, InputRedacted: r.InputRedacted, InputSealed: r.InputSealed,
		Output: r.Output, OutputSealed: r.OutputSealed,
	}
}

func updateRunParams(r *Run) db.UpdateRunParams {
	return db.UpdateRunParams{
		TenantID: r.Tenant, ID: r.ID, State: r.State, ReturnData: r.ReturnData, StatusCode: int64(r.StatusCode), StartedAt: r.StartedAt,
		EndedAt: r.EndedAt, HeartbeatAt: r.HeartbeatAt, NodeID: r.NodeID, ItemsTotal: r.ItemsTotal, ItemsDone: r.ItemsDone,
		ItemsFailed: r.ItemsFailed, Bytes: r.Bytes, Error: r.Error, Output: r.Output, OutputSealed: r.OutputSealed,
	}
}

func runProgressParams(p RunProgress) db.RunProgressParams {
	return db.RunProgressParams{
		TenantID: p.Tenant, ID: p.ID, ItemsTotal: p.ItemsTotal, ItemsDone: p.ItemsDone, ItemsFailed: p.ItemsFailed, Bytes: p.Bytes,
		HeartbeatAt: &p.HeartbeatAt,
	}
}

func toRun(r db.Run) Run {
	return Run{
		ID: r.ID, Tenant: r.TenantID, ParentID: r.ParentID, Integration: r.Integration, Command: r.Command, ConnectionID: r.ConnectionID,
		ConnectionName: r.ConnectionName, Inline: r.Inline, Origin: r.Origin, Actor: r.Actor, ActorName: r.ActorName,
		ExternalRef: r.ExternalRef, IdempotencyKey: r.IdempotencyKey, RequestHash: r.RequestHash, DryRun: r.DryRun, CreatedAt: r.CreatedAt,
		InputRedacted: r.InputRedacted, InputSealed: r.InputSealed, State: r.State, ReturnData: r.ReturnData, StatusCode: int(r.StatusCode),
		Error: r.Error, StartedAt: r.StartedAt, EndedAt: r.EndedAt, HeartbeatAt: r.HeartbeatAt, NodeID: r.NodeID, ItemsTotal: r.ItemsTotal,
		ItemsDone: r.ItemsDone, ItemsFailed: r.ItemsFailed, Bytes: r.Bytes, Output: r.Output, OutputSealed: r.OutputSealed,
	}
}

// summaryToRun is toRun for lists, which leave the large fields out.
func summaryToRun(r db.RunsRow) Run {
	return Run{
		ID: r.ID, Tenant: r.TenantID, ParentID: r.ParentID, Integration: r.Integration, Command: r.Command, ConnectionID: r.ConnectionID,
		ConnectionName: r.ConnectionName, Inline: r.Inline, Origin: r.Origin, Actor: r.Actor, ActorName: r.ActorName,
		ExternalRef: r.ExternalRef, IdempotencyKey: r.IdempotencyKey, DryRun: r.DryRun, CreatedAt: r.CreatedAt, State: r.State,
		ReturnData: r.ReturnData, StatusCode: int(r.StatusCode), Error: r.Error, StartedAt: r.StartedAt, EndedAt: r.EndedAt,
		HeartbeatAt: r.HeartbeatAt, NodeID: r.NodeID, ItemsTotal: r.ItemsTotal, ItemsDone: r.ItemsDone, ItemsFailed: r.ItemsFailed, Bytes: r.Bytes,
	}
}
