/** The page: which tab is shown, and what is around it. */
import { render } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { whenKeyIsWanted } from './api.ts';
import { Icon, type IconName } from './icon.tsx';
import { KeyDialog } from './key.tsx';
import { Ask } from './tabs/ask/index.tsx';
import { Models } from './tabs/models.tsx';
import { Paint } from './tabs/paint/index.tsx';
import { Runs } from './tabs/runs.tsx';
import { Studies } from './tabs/studies/index.tsx';
import { Train } from './tabs/train/index.tsx';
import './style.css';

const TABS: Record<
  string,
  { title: string; icon: IconName; Tab: (props: { rest: string }) => preact.JSX.Element }
> = {
  paint: { title: 'Paint', icon: 'paint', Tab: Paint },
  ask: { title: 'Ask', icon: 'ask', Tab: Ask },
  train: { title: 'Train', icon: 'train', Tab: Train },
  models: { title: 'Models', icon: 'models', Tab: Models },
  runs: { title: 'Runs', icon: 'runs', Tab: Runs },
  studies: { title: 'Studies', icon: 'studies', Tab: Studies },
};

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  // From when the tabs are seen: an effect would come after them.
  useLayoutEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return hash;
}

function Page() {
  const [, name = '', rest = ''] = /^#\/([a-z]*)\/?(.*)$/.exec(useHash()) ?? [];
  const shown = name in TABS ? name : 'paint';
  const { title, Tab } = TABS[shown]!;
  const heading = useRef<HTMLHeadingElement>(null);
  const [asksKey, setAsksKey] = useState(false);
  const first = useRef(true);
  useEffect(() => whenKeyIsWanted(() => setAsksKey(true)), []);
  useEffect(() => {
    document.title = `${title} · xlxmert-zoo`;
    // Whoever hears the page, hears where they are now.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [title]);
  return (
    <>
      <button type="button" class="skip" onClick={() => heading.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href="#/paint">
          <img src="/mark.svg" alt="" width="32" height="32" />
          <span>xlxmert-zoo</span>
        </a>
        <nav aria-label="Tabs">
          <ul>
            {Object.entries(TABS).map(([id, tab]) => (
              <li key={id}>
                <a href={`#/${id}`} aria-current={id === shown ? 'page' : undefined}>
                  <Icon name={tab.icon} />
                  <span>{tab.title}</span>
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="side">
          <a href="/docs">API</a>
          <button type="button" class="quiet" onClick={() => setAsksKey(true)}>
            Key
          </button>
        </div>
      </header>
      <main id="main">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <Tab key={shown} rest={decodeURIComponent(rest)} />
      </main>
      <KeyDialog open={asksKey} onClose={() => setAsksKey(false)} />
    </>
  );
}

render(<Page />, document.getElementById('page')!);
