import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../api/client';
import { changed, useKeys } from '../api/queries';
import { T } from '../text';
import { alertText, Fault, Loading } from '../ui/basics';
import { Confirm } from '../ui/confirm';
import { Grid } from '../ui/table';

type Keyset = Schemas['Info'];

/** Keys shows what seals secrets, without the keys, and gives every keyset a new one. */
export function Keys() {
  const q = useKeys();
  const [sure, setSure] = useState(false);
  const [done, setDone] = useState<Schemas['Rotation']>();
  const w = T.keys;
  const rotate = async () => {
    setDone(await ask(api.POST('/api/v1/keys/rotate', { body: {} })));
    await changed('keys', 'audit');
  };
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed" size="sm" maw={640}>{w.hint}</Text>
        <Button onClick={() => setSure(true)}>{w.rotate}</Button>
      </Group>
      {done && <Alert color="green" variant="light" styles={alertText} role="status" title={w.rotated}>{done.nextStep || w.noStep}</Alert>}
      {q.isError && <Fault error={q.error} retry={() => void q.refetch()} />}
      {q.isPending && <Loading />}
      {q.data && (
        <Grid<Keyset>
          label={w.title}
          records={q.data}
          idAccessor="purpose"
          none={w.none}
          columns={[
            { accessor: 'purpose', title: w.purpose },
            { accessor: 'keys', title: w.keys },
            { accessor: 'current', title: w.current, render: (k) => <span className="mono">{k.current}</span> },
            { accessor: 'kek', title: w.kek, render: (k) => <span className="mono">{k.kek}</span> },
          ]}
        />
      )}
      <Confirm opened={sure} onClose={() => setSure(false)} onConfirm={rotate} title={w.rotate} action={w.rotate}>{w.text}</Confirm>
    </Stack>
  );
}
