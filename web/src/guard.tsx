import { Button, Stack } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { T } from './text';
import { Fault } from './ui/basics';

/** Guard shows a fault of the console itself instead of an empty page. */
export class Guard extends Component<{ children: ReactNode }, { error?: Error }> {
  state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  render() {
    if (!this.state.error) return this.props.children;
    return (
      <Stack>
        <Fault error={this.state.error} />
        <div>
          <Button onClick={() => window.location.reload()}>{T.reload}</Button>
        </div>
      </Stack>
    );
  }
}
