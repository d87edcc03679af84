import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { T } from '../text';
import { Empty, Page } from '../ui/basics';

export function NotFound() {
  return (
    <Page title={T.notFound.title}>
      <Empty title={T.notFound.text} action={<Anchor component={Link} href="/">{T.notFound.home}</Anchor>} />
    </Page>
  );
}
