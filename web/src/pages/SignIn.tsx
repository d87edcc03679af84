import { Box, Button, Center, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { become } from '../api/queries';
import { Scheme } from '../shell';
import { T } from '../text';
import { CodeBlock, Fault } from '../ui/basics';
import { Logo } from '../ui/icons';

/** SignIn takes a token, which the browser does not keep. */
export function SignIn() {
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  useEffect(() => {
    document.title = `${T.signIn.title} · Fairlead`;
  }, []);
  const submit = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      const session = await ask(api.POST('/api/v1/session', { body: { token: field.current?.value ?? '' } }));
      if (field.current) field.current.value = '';
      become(session);
    } catch (e) {
      setFault(e instanceof ApiError && e.problem.status === 401 ? new ApiError({ ...e.problem, title: T.signIn.refused, fix: T.signIn.refusedFix }) : e);
      field.current?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w="100%" maw={440}>
        <form onSubmit={(e) => (e.preventDefault(), void submit())}>
          <Stack>
            <Group justify="space-between">
              <Group gap="sm"><Logo size={34} /><Title order={1}>Fairlead</Title></Group>
              <Scheme />
            </Group>
            <Text c="dimmed">{T.signIn.lead}</Text>
            <PasswordInput ref={field} label={T.signIn.token} required withAsterisk={false} autoFocus autoComplete="off" placeholder="flt_…" visibilityToggleButtonProps={{ 'aria-label': T.form.showSecret(T.signIn.token), tabIndex: 0 }} />
            {fault !== undefined && <Fault error={fault} />}
            <Button type="submit" loading={busy}>{T.signIn.button}</Button>
            <Box component="details">
              <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>{T.signIn.where}</Text>
              <Stack gap="xs" mt="xs"><Text size="sm">{T.signIn.whereText}</Text><CodeBlock text="fairlead tokens add --name me --scopes all" label={T.signIn.command} /></Stack>
            </Box>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
