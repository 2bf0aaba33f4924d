/** What the answers of a study come to so far. */
import type { Schemas } from '../../api.ts';
import { useLoaded } from '../../loaded.ts';
import { Failure, percent, Waiting } from '../../pieces.tsx';

type Results = Schemas['StudyResults'];
type Share = Schemas['Share'];

export function StudyResults({ id }: { id: string }) {
  const { value, error } = useLoaded<Results>(`/v1/studies/${id}/results`);
  if (value === undefined) return error === undefined ? <Waiting /> : <Failure message={error} />;
  if (value.answers === 0) return <p class="hint">Nobody has answered yet.</p>;
  const { hummus, preference } = value;
  return (
    <section aria-label="Results">
      {preference !== undefined && (
        <Shares
          caption="Which was chosen"
          rows={[
            [`first: ${preference.first}`, preference.shares.first],
            [`second: ${preference.second}`, preference.shares.second],
            ['neither', preference.shares.tie],
          ]}
          agreement={preference.agreement}
        />
      )}
      {(hummus ?? []).map(({ source, score, categories, agreement }, i) => (
        <Shares
          key={i}
          caption={`The hidden word was found: ${source}`}
          rows={[['all', score], ...Object.entries(categories)]}
          agreement={agreement}
        />
      ))}
    </section>
  );
}

interface SharesProps {
  caption: string;
  rows: [name: string, share: Share][];
  agreement: number | null;
}

function Shares({ caption, rows, agreement }: SharesProps) {
  return (
    <>
      <table>
        <caption>{caption}</caption>
        <tbody>
          {rows.map(([name, { count, total, share, interval }]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{share === null ? '–' : percent(share)}</td>
              <td class="hint">
                {count} of {total}
                {interval !== null && `, 95 %: ${interval.map(percent).join(' to ')}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {agreement !== null && <p class="hint">Krippendorff’s alpha {agreement.toFixed(2)}</p>}
    </>
  );
}
