import { Anchor, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Link, useLocation } from 'wouter';
import { useIntegration, useIntegrations } from '../api/queries';
import { T } from '../text';
import { Fault, Loading, Page, useParams } from '../ui/basics';
import { ConnectionForm } from './ConnectionForm';

/** NewConnection asks for the integration first, unless the link names it. */
export default function NewConnection() {
  const [params] = useParams();
  const id = params.get('integration') ?? '';
  const [, go] = useLocation();
  const q = useIntegration(id);
  const w = T.connections;
  if (!id) return <Choose />;
  if (q.isError) return <Page title={w.new}><Fault error={q.error} /></Page>;
  if (!q.data) return <Loading lines={10} />;
  if (!q.data.connection) return <Page title={w.new}><Text>{w.notNeeded(q.data.name)}</Text></Page>;
  return (
    <Page title={w.newOf(q.data.name)} sub={q.data.setup && <Anchor component={Link} href={`/integrations/${id}?tab=setup`}>{w.setup}</Anchor>}>
      <ConnectionForm
        key={id}
        integration={q.data}
        onSaved={(c) => {
          notifications.show({ color: 'green', message: w.added(c.name) });
          go(`/connections/${c.id}`);
        }}
      />
    </Page>
  );
}

function Choose() {
  const q = useIntegrations();
  const list = (q.data ?? []).filter((i) => i.hasConnection);
  return (
    <Page title={T.connections.new} sub={T.connections.choose}>
      {q.isError && <Fault error={q.error} />}
      {q.isPending && <Loading />}
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
        {list.map((i) => (
          <Paper key={i.id} withBorder p="md">
            <Stack gap={4}><Anchor component={Link} href={`/connections/new?integration=${i.id}`} fw={600}>{i.name}</Anchor><Text size="sm" c="dimmed">{i.summary}</Text></Stack>
          </Paper>
        ))}
      </SimpleGrid>
    </Page>
  );
}
