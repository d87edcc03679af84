package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/fairlead-io/fairlead/internal/store"
)

// Timing says how soon nodes on one database notice each other's end.
type Timing struct {
	Beat  time.Duration // between two signs of life
	Poll  time.Duration // between two looks at requests to cancel
	Lease time.Duration // without a sign of life, after which a node counts as dead
}

// DefaultTiming gives a node that pauses, as a virtual machine may, half a
// minute. Its own runs end after half of that, so that they have ended when
// others take it for dead.
var DefaultTiming = Timing{Beat: 3 * time.Second, Poll: time.Second, Lease: 30 * time.Second}

// members is this node among those that share a database. Nodes count how long
// another's beat has stayed the same by their own clock, so that clocks need not
// agree.
type members struct {
	app   *App
	seen  map[string]sighting
	heir  map[string]bool // ids of runs that we took over and have not ended yet
	fence *time.Timer     // ends our runs in time before others do; begins anew with each sign of life
	stop  context.CancelFunc
	done  chan struct{}
}

type sighting struct {
	beat  int64
	since time.Time
}

// join adds this node, before it can have runs. It leaves after they have ended.
func (a *App) join(ctx context.Context) error {
	if !a.Store.Shared() {
		return nil
	}
	m := &members{app: a, seen: map[string]sighting{}, heir: map[string]bool{}}
	if err := a.Store.Submit(ctx, store.Batch{InsertNodes: []string{a.nodeID}}); err != nil {
		return err
	}
	a.members = m
	a.onClose(m.leave)
	return nil
}

func (m *members) start(ctx context.Context) {
	if m == nil {
		return
	}
	ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	m.done = make(chan struct{})
	m.fence = time.AfterFunc(m.app.timing.Lease/2, func() {
		m.app.Log.ErrorContext(ctx, "the database cannot be reached; runs are canceled before other nodes take them over", "runs", m.app.Runs.Abandon())
	})
	go func() {
		defer close(m.done)
		defer m.fence.Stop()
		m.live(ctx)
	}()
}

// leave takes this node off the list, unless it has runs without an end: others
// find them when its lease has ended.
func (m *members) leave(ctx context.Context) error {
	if m.done != nil {
		m.stop()
		<-m.done
	}
	rows, err := m.app.Store.ListUnfinishedRuns(ctx, m.app.nodeID)
	if err != nil || len(rows) > 0 {
		return err
	}
	return m.app.Store.Submit(ctx, store.Batch{DeleteNodes: []string{m.app.nodeID}})
}

func (m *members) live(ctx context.Context) {
	t := m.app.timing
	beat, poll := time.NewTicker(t.Beat), time.NewTicker(t.Poll)
	defer beat.Stop()
	defer poll.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			err = m.beat(ctx)
		case <-poll.C:
			err = m.cancels(ctx)
		}
		if err != nil && ctx.Err() == nil {
			m.app.Log.WarnContext(ctx, "the nodes of the database cannot be seen to; trying again", "error", err)
		}
	}
}

// beat shows that this node lives, and looks who does not.
func (m *members) beat(ctx context.Context) error {
	if err := m.renew(ctx); err != nil {
		return err
	}
	if err := m.adoptDead(ctx); err != nil {
		return err
	}
	return m.adoptGone(ctx)
}

func (m *members) renew(ctx context.Context) error {
	own := &store.NodeBeat{ID: m.app.nodeID}
	if err := m.app.Store.Submit(ctx, store.Batch{BeatNodes: []*store.NodeBeat{own}}); err != nil {
		return err
	}
	if own.Missing { // others took us for dead, and our runs with us
		m.app.Log.WarnContext(ctx, "other nodes took this one for dead; its runs are canceled", "runs", m.app.Runs.Abandon())
		if err := m.app.Store.Submit(ctx, store.Batch{InsertNodes: []string{m.app.nodeID}}); err != nil {
			return err
		}
	}
	m.fence.Reset(m.app.timing.Lease / 2)
	return nil
}

// adoptDead takes over from nodes whose beat has not changed for a lease.
func (m *members) adoptDead(ctx context.Context) error {
	nodes, err := m.app.Store.Nodes(ctx)
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, n := range nodes {
		listed[n.ID] = true
		s, known := m.seen[n.ID]
		switch {
		case n.ID == m.app.nodeID:
		case !known || s.beat != n.Beat:
			m.seen[n.ID] = sighting{n.Beat, m.app.now()}
		case m.app.now().Sub(s.since) >= m.app.timing.Lease:
			m.app.Log.WarnContext(ctx, "a node shows no sign of life; its runs are given an end", "node", n.ID)
			if err := m.adopt(ctx, n.ID); err != nil {
				return err
			}
		}
	}
	maps.DeleteFunc(m.seen, func(id string, _ sighting) bool { return !listed[id] })
	return nil
}

// adoptGone takes over from nodes that are not listed, and ends what was taken
// over before.
func (m *members) adoptGone(ctx context.Context) error {
	gone, err := m.app.Store.GoneNodes(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.DeleteFunc(gone, func(id string) bool { return id == m.app.nodeID }) {
		if err := m.adopt(ctx, id); err != nil {
			return err
		}
	}
	return m.endAdopted(ctx)
}

// adopt makes the runs of a node ours. Of several nodes that try, one gets them.
func (m *members) adopt(ctx context.Context, node string) error {
	rows, err := m.app.Store.ListUnfinishedRuns(ctx, node)
	if err != nil {
		return err
	}
	for i := range rows {
		m.heir[rows[i].ID] = true
	}
	return m.app.Store.Submit(ctx, store.Batch{
		AdoptRuns: []*store.Adoption{{From: node, To: m.app.nodeID}}, DeleteNodes: []string{node},
	})
}

// endAdopted gives the runs that are really ours now an end.
func (m *members) endAdopted(ctx context.Context) error {
	if len(m.heir) == 0 {
		return nil
	}
	rows, err := m.app.Store.ListUnfinishedRuns(ctx, m.app.nodeID)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r store.Run) bool { return !m.heir[r.ID] || m.app.Runs.Going(r.ID) })
	if err := m.app.endRuns(ctx, rows); err != nil {
		return err
	}
	clear(m.heir)
	return nil
}

// cancels cancels what other nodes were asked to cancel.
func (m *members) cancels(ctx context.Context) error {
	asked, err := m.app.Store.CancelRequests(ctx, m.app.nodeID)
	if err != nil {
		return err
	}
	for _, r := range asked {
		m.app.Runs.CancelHere(r.Tenant, r.ID)
	}
	return nil
}
